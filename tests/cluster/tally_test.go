// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// tally counts the points of a test, and knows which machines took part.
type tally struct {
	sync.Mutex
	tried, unreached int
	failed           map[string]bool // names of points
	slowest          time.Duration
	statuses         map[int]int
	machines         map[string]string // node name to the point it stands for
}

func newTally() *tally {
	return &tally{failed: map[string]bool{}, statuses: map[int]int{}, machines: map[string]string{}}
}

// point is one try, as a test of its own beside the others.
func (n *tally) point(t *testing.T, name string, try func(t *testing.T)) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		defer func() {
			n.Lock()
			defer n.Unlock()
			n.tried++
			if t.Failed() {
				n.failed[t.Name()] = true
			}
		}()
		try(t)
	})
}

// takes notes a run and whose it was.
func (n *tally) takes(t *testing.T, m *machine, run disturbed) {
	n.Lock()
	defer n.Unlock()
	n.machines[m.Name] = t.Name()
	n.statuses[run.Status]++
	n.slowest = max(n.slowest, run.Took)
	if run.call == "" {
		n.unreached++
	}
}

// report wants one request for each machine in the cluster, and says how it all went.
func (n *tally) report(t *testing.T) {
	t.Helper()
	list, err := manyCluster(t).kube.CertificatesV1().CertificateSigningRequests().List(context.Background(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	requests := map[string]int{}
	for _, csr := range list.Items {
		requests[strings.TrimPrefix(parseRequest(t, csr).Subject.CommonName, "system:node:")]++
	}
	for name, point := range n.machines {
		if requests[name] != 1 {
			n.failed[point] = true
			t.Errorf("%s: want one CertificateSigningRequest for %s, found %d", point, name, requests[name])
		}
	}
	if n.unreached > 2+n.tried/10 { // runs are not all alike
		t.Errorf("%d of %d faults did not come: the list of points does not fit the runs", n.unreached, n.tried)
	}
	t.Logf("tried %d, failed %d; not reached %d; exit statuses (-1: killed) %v; the slowest run took %v",
		n.tried, len(n.failed), n.unreached, n.statuses, n.slowest.Round(time.Millisecond))
}
