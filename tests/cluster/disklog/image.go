// SPDX-License-Identifier: Apache-2.0

package disklog

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Write makes an image of the disk in that state. Of many, Replay makes the next from the one before.
func (r *Recording) Write(s State, path string) error {
	replay, err := r.Replay(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer replay.Close()
	return replay.Write(s, path)
}

// Replay holds an image of what is safe.
type Replay struct {
	*Recording
	image *os.File
	done  int // so many entries are in it
}

// Replay begins to make images. The file it works with lies in dir, without a name.
func (r *Recording) Replay(dir string) (*Replay, error) {
	image, err := os.CreateTemp(dir, "safe-")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(image.Name()); err != nil {
		return nil, err
	}
	p := &Replay{Recording: r, image: image}
	return p, p.restart()
}

// Close ends it.
func (p *Replay) Close() { p.image.Close() }

func (p *Replay) restart() error {
	base, err := os.Open(p.Base)
	if err != nil {
		return err
	}
	defer base.Close()
	p.done = 0
	if err := p.image.Truncate(0); err != nil {
		return err
	}
	return CopySparse(p.image, base, 0, 0, p.Size)
}

// Write makes an image of the disk in that state, in the place of what is at the path, which a loop device may still hold.
func (p *Replay) Write(s State, path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(p.Put(s, out, 0), out.Close())
}

// Put writes the image at an offset of a file that has holes there.
func (p *Replay) Put(s State, out *os.File, offset int64) error {
	if s.durable < p.done {
		if err := p.restart(); err != nil {
			return err
		}
	}
	for ; p.done < s.durable; p.done++ {
		if e := p.Entries[p.done]; len(e.Data) > 0 {
			if _, err := p.image.WriteAt(e.Data, e.At); err != nil {
				return err
			}
		}
	}
	if err := CopySparse(out, p.image, offset, 0, p.Size); err != nil {
		return err
	}
	for _, k := range s.kept {
		e := p.Entries[k.entry]
		if _, err := out.WriteAt(e.Data[k.from:k.to], offset+e.At+int64(k.from)); err != nil {
			return err
		}
	}
	return nil
}

// CopySparse copies size bytes, from one offset to another where there are holes, and only what is there.
func CopySparse(to, from *os.File, offset, start, size int64) error {
	if info, err := to.Stat(); err != nil {
		return err
	} else if info.Size() < offset+size {
		if err := to.Truncate(offset + size); err != nil {
			return err
		}
	}
	for at := start; at < start+size; {
		begin, err := from.Seek(at, unix.SEEK_DATA)
		if errors.Is(err, unix.ENXIO) || err == nil && begin >= start+size {
			return nil
		} else if err != nil {
			return err
		}
		end, err := from.Seek(begin, unix.SEEK_HOLE)
		if err != nil {
			return err
		}
		at = min(end, start+size)
		if _, err := io.Copy(io.NewOffsetWriter(to, offset+begin-start), io.NewSectionReader(from, begin, at-begin)); err != nil {
			return err
		}
	}
	return nil
}
