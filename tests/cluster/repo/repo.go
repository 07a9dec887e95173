// SPDX-License-Identifier: Apache-2.0

// Package repo answers where things are: the repository, the cache, the program under test.
package repo

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// Root is the repository's top folder, found upwards from the working directory.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "tests", "cluster", "go.mod")); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("cannot find the repository above %s: no tests/cluster/go.mod there", dir)
		}
	}
}

// Module is the folder of this Go module; the control plane is built from its go.mod.
func Module() (string, error) {
	root, err := Root()
	return filepath.Join(root, "tests", "cluster"), err
}

// Manifests is the folder an administrator applies to a cluster, mint-token included.
func Manifests() (string, error) {
	root, err := Root()
	return filepath.Join(root, "platform", "cluster"), err
}

// Cache is the one folder that outlives a run: KUBELET_BOOTSTRAP_CACHE or ~/.cache/kubelet-bootstrap.
func Cache() (string, error) {
	if dir := os.Getenv("KUBELET_BOOTSTRAP_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("cannot find the cache folder: %w; set KUBELET_BOOTSTRAP_CACHE", err)
	}
	return filepath.Join(home, ".cache", "kubelet-bootstrap"), nil
}

// Binary is the stripped static program: KUBELET_BOOTSTRAP_BINARY or build/<this machine>/kubelet-bootstrap.
func Binary() (string, error) {
	path := os.Getenv("KUBELET_BOOTSTRAP_BINARY")
	if path == "" {
		target := map[string]string{"amd64": "x86_64", "arm64": "aarch64", "arm": "armv7"}[runtime.GOARCH]
		if target == "" {
			target = runtime.GOARCH
		}
		return Built(target)
	}
	return existing(path)
}

// Built is the stripped static program of a target, as make has left it.
func Built(target string) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	return existing(filepath.Join(root, "build", target, "kubelet-bootstrap"))
}

func existing(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("cannot find the program under test: %w; run make, or set KUBELET_BOOTSTRAP_BINARY", err)
	}
	return path, nil
}
