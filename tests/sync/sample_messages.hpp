// One message of every type, always the same; and random ones.
#pragma once

#include <string>
#include <vector>

#include "navette/sync/message.hpp"
#include "support/random_text.hpp"

namespace navette::test {

struct Sample {
  std::string name;
  sync::Message message;
};
[[nodiscard]] std::vector<Sample> sample_messages();
[[nodiscard]] sync::Message random_message(RandomText& random);

}  // namespace navette::test
