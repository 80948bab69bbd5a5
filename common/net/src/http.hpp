// How a Result travels over HTTP: a status, the code's stable name in a header, the text for people as body.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "navette/base/bytes.hpp"
#include "navette/base/error.hpp"

namespace navette::net {

namespace http = boost::beast::http;
using HttpReply = http::response<http::string_body>;

inline constexpr char kErrorHeader[] = "Navette-Error";
inline constexpr char kWebSocketServer[] = "Navette";

[[nodiscard]] HttpReply reply_of(const Result<Bytes>& result, unsigned http_version);
[[nodiscard]] Result<Bytes> result_of(const HttpReply& reply);  // an unknown error: kUnreachable

}  // namespace navette::net
