// POST /enrol: a one-time code and a certificate request against a certificate.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "navette/net/server.hpp"
#include "navette/server/authority_store.hpp"
#include "navette/server/data_dir.hpp"

namespace navette::server {

// Thread: any.
class Enrolment {
 public:
  Enrolment(const DataDir& data, AuthorityStore& store, const net::CertificateAuthority& authority, Clock& clock,
            Random& random)
      : data_(data), store_(store), authority_(authority), clock_(clock), random_(random) {}
  [[nodiscard]] Result<Bytes> answer(const net::EnrolRequest& request);

 private:
  [[nodiscard]] bool may_try(const std::string& address);
  void failed(const std::string& address);

  const DataDir& data_;
  AuthorityStore& store_;
  const net::CertificateAuthority& authority_;
  Clock& clock_;
  Random& random_;
  std::mutex mutex_;
  struct Tries {
    int count = 0;
    Timestamp first;
  };
  std::map<std::string, Tries> tries_;  // wrong codes by address
};

}  // namespace navette::server
