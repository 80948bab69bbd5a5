#include "navette/net/enrolment_code.hpp"

#include <algorithm>
#include <cstring>

#include "navette/base/base64.hpp"

namespace navette::net {

std::string EnrolmentCode::text() const { return secret + "." + to_base64url(authority.bytes()); }

Result<EnrolmentCode> EnrolmentCode::parse(std::string_view text) {
  const auto wrong = [] {
    return fail(ErrorCode::kInvalidArgument,
                "code d'enrôlement incomplet : recopiez-le en entier, point compris, tel que l'agence l'a donné");
  };
  std::string compact;
  for (char c : text.substr(0, 512)) {
    if (c != ' ' && c != '\n' && c != '\t' && c != '\r') compact += c;
  }
  const std::size_t dot = compact.find('.');
  if (dot == std::string::npos || dot == 0) return wrong();
  EnrolmentCode code;
  code.secret = compact.substr(0, dot);
  const bool plain = std::ranges::all_of(code.secret, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
  });
  const auto fingerprint = from_base64url(compact.substr(dot + 1));
  if (!plain || !fingerprint || fingerprint->size() != code.authority.value.size()) return wrong();
  std::memcpy(code.authority.value.data(), fingerprint->data(), fingerprint->size());
  return code;
}

}  // namespace navette::net
