/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every size of the program, in bytes unless said, each with its reason. Input beyond a limit is an error with its own text.
 *
 * All memory is fixed at link time. A page of it that no input reaches is never touched, so generous limits cost no memory.
 */
#ifndef SIZES_H
#define SIZES_H

/* One line of the INI file (the file itself is read into KUBECONFIG_LIMIT bytes): room for two RSA-4096 CA certificates as base64 of
 * PEM; a larger bundle goes into a file. inih keeps one line on the stack: INI_MAX_LINE is CONFIG_LINE_LIMIT plus CR, LF and NUL. */
#define CONFIG_LINE_LIMIT 6141

/* A path, an API server URL, and how many servers. PATH_MAX is 4096, but no image keeps its certificates that deep. */
#define PATH_LIMIT   512
#define URL_LIMIT    512
#define HOST_LIMIT   254 /* a DNS name is at most 253 characters */
#define SERVER_LIMIT 8

/* Base64 of user:password of a proxy, as long as its URL can hold them, and NUL. */
#define PROXY_AUTHORIZATION_LIMIT 700

/* CONNECT with the host twice and the credentials; the head of the answer, of which a proxy with a bent for headers sends 1 KB. */
#define PROXY_REQUEST_LIMIT 1536
#define PROXY_ANSWER_LIMIT  4096

/* Public key pins, for a change of the CA. SHA-256. */
#define PIN_LIMIT 8
#define PIN_LEN   32

/* Addresses of a name: an API server has some, behind a load balancer one. Name servers: as many as resolv.conf(5) knows. A DNS answer
 * over UDP is at most 512 bytes (RFC 1035 §2.3.4). */
#define DNS_ADDRESS_LIMIT 16
#define DNS_SERVER_LIMIT  3
#define DNS_SERVER_TEXT   64
#define DNS_SEARCH_LIMIT  1024
#define DNS_PACKET_LIMIT  512

/* /etc/hosts and /etc/resolv.conf. Of a longer file the front part is used. */
#define RESOLVER_FILE_LIMIT 16384

/* A node name is a DNS subdomain (RFC 1123), 253 characters, and NUL. */
#define NODE_NAME_LIMIT 254

/* PEM of the certificate authorities: about ten RSA-2048 or eight RSA-4096 certificates. */
#define CA_LIMIT 16384

/* kubelet-client-*.pem: certificates, then key. About 1.3 KB as kube-controller-manager issues them. */
#define PEM_LIMIT 16384

/* A kubelet.conf to be read or written: the CA as base64 and some lines around it. */
#define KUBECONFIG_LIMIT 32768

/* One certificate as DER: 1.4 KB with RSA-4096; long lists of names make it longer. */
#define CERTIFICATE_DER_LIMIT 8192

/* One JSON object of the API server: a CertificateSigningRequest with certificate is 2.1 KB. */
#define ANSWER_LIMIT 32768

/* A bearer token, with its NUL: a bootstrap token has 23 characters, that of a service account 1 to 2 KB. */
#define TOKEN_LIMIT 4096

/* A kubeconfig as JSON: short lines in YAML are longer there. */
#define KUBECONFIG_JSON_LIMIT 65536

/* One line of an HTTP response head. */
#define HTTP_LINE_LIMIT 2048

/* The POST and the watch together: 1.3 KB for a short node name and a bootstrap token; a long token stands in both. */
#define REQUEST_LIMIT 12288

/* SubjectPublicKeyInfo of a P-256 key, and a request for the longest node name with its signature. */
#define KEY_PRIVATE_LEN 32
#define KEY_SPKI_LEN    91
#define CSR_LIMIT       768

/* SEC1 PEM of a P-256 key is 227 bytes. */
#define KEY_PEM_LIMIT 512

/* PEM of the key of a bootstrap certificate: 3.3 KB for RSA-4096. */
#define CLIENT_KEY_LIMIT 8192

/* "node-csr-" and 43 characters of base64url, and NUL. */
#define CSR_NAME_LIMIT 64

/* A file name, with its NUL. */
#define FILE_NAME_LIMIT 256

#define ERROR_TEXT_LIMIT 768

/* Mbed TLS: a usual run takes 34 KB; a full CA_LIMIT and a server certificate with hundreds of names take twice that. */
#define ARENA_LIMIT 98304

#endif
