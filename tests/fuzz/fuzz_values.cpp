// What people type into fields, and the small formats that come from outside: taken in one writing, or refused.
#include <algorithm>

#include "law.hpp"
#include "navette/base/base64.hpp"
#include "navette/base/hex.hpp"
#include "navette/base/utf8.hpp"
#include "navette/cpom/csv.hpp"
#include "navette/cpom/schema.hpp"
#include "navette/net/client.hpp"
#include "navette/net/enrolment_code.hpp"
#include "navette/schema/finess.hpp"
#include "navette/server/store_types.hpp"
#include "script.hpp"
#include "support/test_schema.hpp"
#include "targets.hpp"

namespace navette::fuzz {
namespace {

void typed(Script& script) {
  const schema::Schema& schema = script.chance(50) ? cpom::cpom_schema() : test::test_schema();
  const schema::Kind& kind = script.pick(schema.kinds);
  const schema::Field& field = script.pick(kind.fields);
  const auto value = schema::parse(field, script.rest());
  if (!value) return require(is_valid_utf8(value.error().message), "an error that people can read");
  require(schema::is_empty(*value) || schema::check(field, *value).has_value(), "what is taken passes the check");
  require(schema::same_value(field, *value, *value), "a value is itself");
  const std::string shown = schema::display(*value);
  if (shown.starts_with("\ufeff")) return;  // blanks stood before the mark: typed again, it is one of order
  const auto again = schema::parse(field, shown);
  require(again && schema::same_value(field, *again, *value), "what is shown can be typed again");
}

void text(BytesView bytes) {
  const std::string begin = excerpt(bytes, 20);
  require(is_valid_utf8(begin) && code_point_count(begin) <= 20, "an excerpt is text");
  const auto once = normalized(bytes);
  if (!once) return;
  require(is_valid_utf8(*once) && once->find('\r') == std::string::npos, "normalised text is text");
  const auto twice = normalized(*once);
  require(twice && *twice == *once, "normalising again changes nothing");
  require(to_utf8(to_code_points(*once)) == *once, "code points and back");
  require(to_code_points(*once).size() == code_point_count(*once), "as many code points as counted");
}

void bytes_as_text(BytesView bytes) {
  require(from_hex(to_hex(bytes)).value() == bytes, "hex and back");
  require(from_base64url(to_base64url(bytes)).value() == bytes, "base64 and back");
  if (const auto back = from_base64url(bytes)) require(to_base64url(*back) == bytes, "one base64 of every bytes");
  if (const auto back = from_hex(bytes)) require(to_hex(*back).size() == bytes.size(), "hex doubles");
  if (const auto uuid = parse_uuid(bytes)) require(parse_uuid(uuid_text(*uuid)).value() == *uuid, "an id and back");
  if (const auto decoded = cpom::decode_text(bytes)) require(is_valid_utf8(decoded->text), "decoded text is text");
}

void addresses(BytesView bytes) {
  if (const auto code = net::EnrolmentCode::parse(bytes)) {
    const auto again = net::EnrolmentCode::parse(code->text());
    require(again && again->secret == code->secret && again->authority == code->authority, "a code and back");
  }
  if (const auto endpoint = net::parse_endpoint(bytes, 8743)) {
    const auto again = net::parse_endpoint(endpoint->text(), 1);
    require(again && again->host == endpoint->host && again->port == endpoint->port, "an address and back");
  }
  (void)server::parse_scope(bytes);
  const std::string finess = schema::normalised_finess(bytes);
  if (schema::finess_key_holds(finess)) {
    require(schema::with_finess_key(finess.substr(0, 8)) == finess, "the key is the only one");
  }
}

}  // namespace

void values(BytesView input) {
  Script script(input);
  switch (script.below(4)) {
    case 0:
      return typed(script);
    case 1:
      return text(script.rest());
    case 2:
      return bytes_as_text(script.rest());
    default:
      return addresses(script.rest());
  }
}

}  // namespace navette::fuzz
