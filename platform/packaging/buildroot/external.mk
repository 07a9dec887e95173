# SPDX-License-Identifier: Apache-2.0

include $(BR2_EXTERNAL_KUBELET_BOOTSTRAP_PATH)/kubelet-bootstrap/kubelet-bootstrap.mk
