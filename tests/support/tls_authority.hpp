// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace agentbox::test {

template <class Handle, void (*release)(Handle*)>
struct Release {
  void operator()(Handle* handle) const { release(handle); }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY, &EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Release<X509, &X509_free>>;

/// A key and a certificate that a test makes for itself, valid for an hour.
struct Identity {
  Key key;
  Certificate certificate;
};

/// A certificate authority of a test's own, in memory.
class TlsAuthority {
 public:
  explicit TlsAuthority(const std::string& name) : identity_(make(name, "", nullptr)) {}

  /// names: as in "DNS:localhost,IP:127.0.0.1".
  [[nodiscard]] Identity issue(const std::string& names) const { return make("server", names, &identity_); }
  [[nodiscard]] std::string pem() const {
    const std::unique_ptr<BIO, int (*)(BIO*)> memory(::BIO_new(::BIO_s_mem()), &BIO_free);
    ::PEM_write_bio_X509(memory.get(), identity_.certificate.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }

 private:
  static void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    ::X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = ::X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    if (extension == nullptr) throw std::runtime_error("no extension " + value);
    ::X509_add_ext(certificate, extension, -1);
    ::X509_EXTENSION_free(extension);
  }

  static Identity make(const std::string& name, const std::string& names, const Identity* issuer) {
    Identity made{Key(EVP_EC_gen("P-256")), Certificate(::X509_new())};
    X509* certificate = made.certificate.get();
    static long serial = 1;
    ::X509_set_version(certificate, 2);
    ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate), ++serial);
    ::X509_gmtime_adj(::X509_getm_notBefore(certificate), -3600);
    ::X509_gmtime_adj(::X509_getm_notAfter(certificate), 3600);
    ::X509_set_pubkey(certificate, made.key.get());
    ::X509_NAME_add_entry_by_txt(::X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                                 reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509* signer = issuer == nullptr ? certificate : issuer->certificate.get();
    ::X509_set_issuer_name(certificate, ::X509_get_subject_name(signer));
    if (issuer == nullptr) {
      add_extension(certificate, signer, NID_basic_constraints, "critical,CA:TRUE");
      add_extension(certificate, signer, NID_key_usage, "critical,keyCertSign,cRLSign");
    } else {
      add_extension(certificate, signer, NID_subject_alt_name, names);
    }
    if (::X509_sign(certificate, (issuer == nullptr ? made : *issuer).key.get(), ::EVP_sha256()) == 0)
      throw std::runtime_error("cannot sign a certificate");
    return made;
  }

  Identity identity_;
};

}  // namespace agentbox::test
