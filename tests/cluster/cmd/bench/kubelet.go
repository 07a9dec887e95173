// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"path/filepath"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/kubernetes/pkg/kubelet/certificate/bootstrap"
)

// kubeletFlag makes this program run as the contender from kubelet, so that it is a process of its own on the wire.
const kubeletFlag = "be-kubelet"

// bootstrapAsKubelet is kubelet's own way to a certificate, in dir, which holds bootstrap-kubelet.conf.
func bootstrapAsKubelet(node, dir string) error {
	return bootstrap.LoadClientCert(context.Background(),
		filepath.Join(dir, "kubelet.conf"),
		filepath.Join(dir, "bootstrap-kubelet.conf"),
		filepath.Join(dir, "pki"),
		types.NodeName(node))
}
