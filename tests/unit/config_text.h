/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of configuration files. */
#ifndef CONFIG_TEXT_H
#define CONFIG_TEXT_H

/* The least that is a configuration; ends in section [cluster]. */
#define CONFIG_LEAST "[cluster]\nserver = https://10.0.0.1:6443\ncertificate-authority = /ca.crt\n"

#define CONFIG_CA_PEM  "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n"
#define CONFIG_CA_DATA "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tClFVSkQKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo="

#endif
