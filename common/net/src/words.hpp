// What the network's library says, in French.
#pragma once

#include <boost/system/error_code.hpp>
#include <string>

namespace navette::net {

[[nodiscard]] std::string words_of(const boost::system::error_code& error);

}  // namespace navette::net
