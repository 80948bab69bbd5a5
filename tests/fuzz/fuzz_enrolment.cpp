// POST /enrol, behind HTTP: any body, and certificate requests that are nearly right.
#include <nlohmann/json.hpp>

#include "law.hpp"
#include "navette/base/utf8.hpp"
#include "navette/net/identity.hpp"
#include "script.hpp"
#include "service/enrolment.hpp"
#include "session_house.hpp"
#include "targets.hpp"

namespace navette::fuzz {
namespace {

using nlohmann::json;

// One agency for all inputs: keys are slow to make.
struct Agency {
  FixedClock clock;
  SharedRandom random;
  SessionHouse house;
  net::CertificateAuthority authority = net::CertificateAuthority::create("Agence", clock.now()).value();
  server::DataDir data{.path = {}, .name = "Agence", .authority = authority.pem(), .server = {}};
  std::string request = net::make_key_and_request("poste").value().request_pem;
};

Agency& agency() {
  static Agency agency;
  return agency;
}

std::string changed(Script& script, std::string text) {
  for (std::uint32_t left = script.below(6); left > 0; --left) {
    const std::size_t at = (script.byte() << 8 | script.byte()) % text.size();
    if (script.chance(20)) {
      text.erase(at, script.below(32) + 1);
    } else {
      text[at] = static_cast<char>(script.byte());
    }
    if (text.empty()) return text;
  }
  return text;
}

void issue(const std::string& request) {
  const std::string device = "0198a1b2-0000-7000-8000-000000000001";
  const auto issued = agency().authority.issue_device(request, device, agency().clock.now());
  if (!issued) return;
  const auto described = net::describe_certificate(*issued);
  require(described && described->common_name == device, "a certificate bears the name that the agency gave");
}

void answer(const Bytes& body, const std::string& address) {
  server::Enrolment enrolment(agency().data, agency().house.store(), agency().authority, agency().clock,
                              agency().random);
  const auto reply = enrolment.answer({.body = body, .remote_address = address});
  require(!reply, "nobody comes in without a code");
  require(is_valid_utf8(reply.error().message), "an error that people can read");
}

}  // namespace

void enrolment(BytesView input) {
  Script script(input);
  switch (script.below(4)) {
    case 0:
      return answer(Bytes(script.rest()), "127.0.0.1");
    case 1: {
      const json body{{"code", std::string(script.texts().text(24, U"ABCDEF2345-"))},
                      {"request", agency().request},
                      {"device", script.texts().text(90, U"ab\n😀")}};
      return answer(body.dump(), "127.0.0.1");
    }
    case 2:
      return issue(changed(script, agency().request));
    default:
      return issue("-----BEGIN CERTIFICATE REQUEST-----\n" + std::string(script.rest()) +
                   "\n-----END CERTIFICATE REQUEST-----\n");
  }
}

}  // namespace navette::fuzz
