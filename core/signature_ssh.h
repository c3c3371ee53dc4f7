/*
 * Ed25519 keys in OpenSSH's own forms (RFC 8709; PROTOCOL.key in its source).
 * Only core/signature.c includes it.
 */
#ifndef ABACK_CORE_SIGNATURE_SSH_H
#define ABACK_CORE_SIGNATURE_SSH_H

#include "core/signature.h"

#define SSH_PRIVATE_BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----"

/* A line of an authorized_keys file, or an id_ed25519.pub. ERR_FORMAT. */
MUST_CHECK int ssh_public_parse(const char *name, const char *text,
				struct public_key *ret_key, struct error *err);
/* The file of ssh-keygen. seed: the caller wipes it. ERR_FORMAT. */
MUST_CHECK int ssh_private_parse(const char *name, const char *text,
				 unsigned char seed[PUBLIC_KEY_BYTES],
				 struct error *err);

#endif
