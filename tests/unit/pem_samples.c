/* SPDX-License-Identifier: Apache-2.0 */
#include "pem_samples.h"

#include "scripted_transport.h"

struct view sample_content(enum content content)
{
	static char zeros[2000];
	struct key key = fake_key(1);
	struct key other = fake_key(2);
	struct certificate certificate = fake_certificate("node-1", &key, MACHINE_NOW_S + MACHINE_YEAR_S);
	BUFFER(pem, KUBECONFIG_LIMIT + 4096);

	certificate.not_after_s += content == GOOD_LONGER ? MACHINE_YEAR_S : 0;
	certificate.not_after_s = content == EXPIRED              ? MACHINE_NOW_S - 1
				  : content == GOOD_TO_THE_SECOND ? MACHINE_NOW_S
								  : certificate.not_after_s;
	certificate.not_before_s = content == NOT_YET_VALID ? MACHINE_NOW_S + 1000 : 0;
	certificate.common_name[strlen(certificate.common_name) - 1] = content == OTHER_NODE ? '2' : '1';
	certificate.organization[0] = content == OTHER_ORGANIZATION ? 'S' : 's';
	certificate.has_other_name = content == MORE_NAMES;
	certificate.has_client_auth = content != NOT_FOR_CLIENTS;
	memset(certificate.spki, 0, content == OTHER_KIND ? sizeof certificate.spki : 0);
	if (content == EMPTY || content == ZEROS) {
		return (struct view){zeros, content == EMPTY ? 0 : sizeof zeros};
	}
	if (content == GARBAGE) {
		return view_of("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n");
	}
	if (content != KEY_ONLY) {
		fake_certificate_format(&pem, &certificate);
	}
	memset(key.private, 0, content == KEY_OUT_OF_RANGE ? sizeof key.private : 0);
	key_format_pem(&pem, content == KEY_OF_ANOTHER ? &other : &key);
	pem.len -= content == KEY_CUT_OFF ? 60 : 0;
	while (content == TOO_LARGE && pem.len <= KUBECONFIG_LIMIT) {
		buffer_add_text(&pem, "# more than the memory for one file\n");
	}
	return support_exact(buffer_view(&pem));
}

void sample_put(const struct put *put)
{
	if (put->content == NOTHING) {
		return;
	}
	if (put->content == LINK) {
		memory_disk_add_link(&machine.cert_dir, put->name, put->target);
	} else if (put->content == LINK_ABSOLUTE) {
		memory_disk_add_link(&machine.cert_dir, put->name, script_text("%s/%s", MACHINE_CERT_DIR, put->target));
	} else if (put->content == DIRECTORY) {
		memory_disk_add_other(&machine.cert_dir, put->name);
	} else {
		(void)memory_disk_add_file(&machine.cert_dir, put->name, sample_content(put->content));
	}
}
