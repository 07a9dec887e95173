// SPDX-License-Identifier: Apache-2.0

// Package cluster holds the end-to-end tests: the stripped static program against the real Kubernetes control plane, kubectl and
// kubelet. They run with
//
//	go test -count=1 -parallel=8 .
//	KUBELET_BOOTSTRAP_SLOW=1 go test -count=1 -parallel=8 .
//	KUBELET_BOOTSTRAP_TORTURE=1 go test -count=1 -parallel=8 -timeout=4h .
//
// Fill the cache with go run ./cmd/build first: a cold build takes longer than the ten minutes that go test allows.
// (-count=1: the program is no Go file, so an old result could be shown; -parallel=8: tests wait more than they compute; SLOW: with
// kubelet's own rotation of the certificate, a minute longer; TORTURE: all points of the tests that otherwise try a sample, such as
// every error at every system call)
//
// and need nothing installed but Go, openssl, strace, gdb, chattr (e2fsprogs), systemd, tinyproxy and what util-linux and coreutils bring; those
// with a kubelet, a systemd, a namespace or a mount also root. What is missing skips a test for a person and fails it in CI. A run that
// is killed may leave immutable files (chattr -R -i) in the temporary folder.
//
//	controlplane  builds and runs etcd, kube-apiserver and kube-controller-manager
//	node          runs kubelet on containerd
//	systemd       boots the machine's systemd in namespaces, to run the program as a service
//	wire          delays packets
//	power         makes every state in which a power cut could leave a disk
//	boot          boots nodes in QEMU (make boot); its tests are in there, and tests/boot is what the guests are made of
//	disklog       from the log of a guest's disk, every state that a power cut can leave
//	powercut      cuts the power on real file systems (make powercut); its tests are in there. For both: deps.sh boot brings what they
//	              need, KUBELET_BOOTSTRAP_BOOT_FULL=1 asks for all that make boot-full runs
//	faults        cuts and stalls connections, and answers in the API server's place
//	program       runs kubelet-bootstrap
//	process       runs the others, so that none outlives its test
//	repo          knows where everything is
//	states        is the table of what a disk can look like, and of what a run makes of it
//	cmd/build     fills the cache, cmd/demo shows it all to a person, cmd/bench measures kubelet's own bootstrap beside ours,
//	              cmd/states shows both the same damaged disks, cmd/measure is for make size
package cluster
