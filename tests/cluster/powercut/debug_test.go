package powercut
import "testing"
func TestDebug(t *testing.T) {
	n := newNode(t)
	r := n.record(t, ext4, func(*Run) {})
	t.Log(r.Begin, r.Sent, r.Done, len(r.Entries))
	for i, e := range r.Entries { if i >= r.Begin-3 { t.Log(i, e.Flush, e.At, len(e.Data), e.end) } }
	for _, s := range r.States(Choice{Random:4, Torn:4}) { t.Log(s.What) }
	t.Log(r.Said)
}
