// SPDX-License-Identifier: Apache-2.0

package node

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// initScript is process 1 of the node. When it ends, the kernel kills what is left of the node.
// Arguments: scratch folder, folder of the unpacked containerd, kubelet and its flags.
const initScript = `
set -eu
dir=$1 runtime=$2
shift 2
mount -t proc proc /proc

# kubelet has a few paths built in and sets kernel parameters of the whole machine: it gets its own.
mount -t tmpfs -o mode=755 tmpfs /var/lib
mount -t tmpfs -o mode=755 tmpfs /var/log
for name in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
	[ -e "/proc/sys/$name" ] || continue
	mkdir -p "$dir/sysctl/${name%/*}"
	cat "/proc/sys/$name" >"$dir/sysctl/$name"
	mount --bind "$dir/sysctl/$name" "/proc/sys/$name"
done

export PATH="$runtime/usr/bin:$runtime/usr/sbin:$PATH"
containerd --config "$dir/containerd.toml" >"$dir/containerd.log" 2>&1 &
tries=200
while [ ! -S "$dir/containerd.sock" ] && [ $tries -gt 0 ]; do
	sleep 0.05
	tries=$((tries - 1))
done
"$@" >"$dir/kubelet.log" 2>&1
`

// No snapshotter but overlayfs and native is asked for what the kernel can do; no network: the node stays NotReady without CNI.
const containerdConfig = `version = 2
root = "{dir}/containerd"
state = "{dir}/state"
oom_score = 0

[grpc]
  address = "{dir}/containerd.sock"

[plugins."io.containerd.internal.v1.opt"]
  path = "{dir}/opt"

[plugins."io.containerd.grpc.v1.cri"]
  disable_tcp_service = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{dir}/cni"
    conf_dir = "{dir}/cni"
`

// kubelet as far as possible with its defaults; what differs keeps it inside the scratch folder and off the machine's settings.
const kubeletConfig = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 127.0.0.1
port: {port}
healthzPort: 0
authentication:
  x509:
    clientCAFile: {ca}
containerRuntimeEndpoint: unix://{dir}/containerd.sock
rotateCertificates: true
podLogsDir: {dir}/pods
volumePluginDir: {dir}/plugins
resolvConf: ""
cgroupDriver: cgroupfs
cgroupsPerQOS: false
enforceNodeAllocatable: []
failCgroupV1: false
failSwapOn: false
makeIPTablesUtilChains: false
`

func (n *Node) writeFiles(port int) error {
	fill := strings.NewReplacer("{dir}", n.Dir, "{port}", strconv.Itoa(port), "{ca}", n.cluster.CA)
	for name, text := range map[string]string{"containerd.toml": containerdConfig, "kubelet.yaml": kubeletConfig} {
		if err := os.WriteFile(filepath.Join(n.Dir, name), []byte(fill.Replace(text)), 0o600); err != nil {
			return err
		}
	}
	return nil
}
