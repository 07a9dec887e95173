// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"
)

// stamped keeps what is written to it, each line with the seconds since the start.
type stamped struct {
	mutex sync.Mutex
	start time.Time
	line  bytes.Buffer
	text  strings.Builder
}

func (s *stamped) Write(p []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, b := range p {
		switch b {
		case '\n':
			fmt.Fprintf(&s.text, "%6.2f %s\n", time.Since(s.start).Seconds(), s.line.String())
			s.line.Reset()
		case '\r':
		default:
			s.line.WriteByte(b)
		}
	}
	return len(p), nil
}

func (s *stamped) String() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.text.String() + s.line.String()
}

// lockThread is for children that are to die with this process: the death signal comes when the thread ends that started them.
func lockThread() (unlock func()) {
	runtime.LockOSThread()
	return runtime.UnlockOSThread
}
