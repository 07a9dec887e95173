/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole machine in memory: both directories, the configuration, and a cluster that knows what it was asked. A run is what main() does.
 */
#ifndef MACHINE_FIXTURE_H
#define MACHINE_FIXTURE_H

#include "bootstrap.h"
#include "fake_crypto.h"
#include "fake_host.h"
#include "memory_disk.h"

#define MACHINE_CERT_DIR       "/var/lib/kubelet/pki"
#define MACHINE_KUBECONFIG_DIR "/etc/kubernetes"
#define MACHINE_KUBECONFIG     "kubelet.conf"
#define MACHINE_INI            "/etc/kubernetes/kubelet-bootstrap.ini"
#define MACHINE_NOW_S          FAKE_HOST_CALENDAR /* 2027-11-24 08:00:00 */
#define MACHINE_YEAR_S         INT64_C(31536000)
#define MACHINE_NEW            "kubelet-client-2027-11-24-08-00-00.pem" /* what a run now writes */
#define MACHINE_OLD            "kubelet-client-2026-11-24-08-00-00.pem"

enum cluster_manner {
	CLUSTER_ISSUES,
	CLUSTER_DENIES,
	CLUSTER_FAILS,
	CLUSTER_ISSUES_FOR_ANOTHER_KEY,
	CLUSTER_ISSUES_FOR_ANOTHER_NODE,
	CLUSTER_ISSUES_EXPIRED,
	CLUSTER_ISSUES_GARBAGE,
	CLUSTER_ISSUES_DAMAGED_CHAIN, /* behind the certificate */
	CLUSTER_KEEPS_WAITING,
	CLUSTER_IS_DOWN,
};

struct cluster {
	enum cluster_manner manner;
	size_t connections;
	size_t name_count; /* requests ever made */
	char names[8][CSR_NAME_LIMIT];
	bool is_open;
	bool is_stranger;         /* the connection is one to a server that is not verified */
	const char *cluster_info; /* what is said to those that do not know the cluster */
	size_t discoveries;
	const char *answer; /* what is still to be received */
};

enum machine_outcome {
	MACHINE_FAILED = -1, /* see `err` */
	MACHINE_DONE = 0,
	MACHINE_OFF = 1, /* the power failed */
};

struct machine_fixture {
	struct memory_machine power;
	struct memory_disk cert_dir;
	struct memory_disk kubeconfig_dir;
	struct cluster cluster;
	struct options options;
	struct bootstrap_platform platform;
	struct bootstrap bootstrap;
	struct error err;
};

extern struct machine_fixture machine;

/* cmocka's setup: both directories are there and empty, a token and one server are configured, the cluster issues at once. */
int machine_fixture_setup(void **state);

/* Put a file with certificate and key of that number for node-1. */
void machine_add_pem(const char *name, unsigned char key_number, int64_t not_after_s);

/* The content of such a file. */
struct view machine_pem(const char *node_name, unsigned char key_number, int64_t not_after_s);

/* Make kubelet-client-current.pem lead to `name`. */
void machine_add_link(const char *name);

/* The kubelet.conf that a run writes, and put it there. */
struct view machine_kubeconfig(void);
void machine_add_kubeconfig(void);

/* A configuration instead of the usual one. */
void machine_set_config(const char *text);

/*
 * A new process runs. What the test set in `power` (fail_at, cut_at) counts for this run. `power.changes_made` and the lines of the
 * host are those of this run.
 */
enum machine_outcome machine_run(void);

/* A new process looks. */
void machine_look(void);

/* All names of both directories, as memory_disk_names(). */
const char *machine_names(void);

/* Fail unless all is in place, and a further run changes nothing and asks nobody. */
void machine_expect_valid(const char *label);

#endif
