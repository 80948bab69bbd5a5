// The commands. Each returns the program's exit code, or an error that the program tells on standard error.
#pragma once

#include "cli/request.hpp"

namespace navette::client {

Result<int> enrol(Context& context);
Result<int> synchronise(Context& context);
Result<int> list(Context& context);
Result<int> show(Context& context);
Result<int> check(Context& context);
Result<int> get(Context& context);
Result<int> set(Context& context);
Result<int> edit(Context& context);
Result<int> add(Context& context);
Result<int> remove(Context& context);
Result<int> discard(Context& context);
Result<int> publish(Context& context);
Result<int> batch(Context& context);
Result<int> status(Context& context);
Result<int> conflicts(Context& context);
Result<int> resolve(Context& context);
Result<int> improve(Context& context);
Result<int> refusals(Context& context);
Result<int> retry_refusal(Context& context);
Result<int> drop_refusal(Context& context);
Result<int> history(Context& context);
Result<int> verify(Context& context);

}  // namespace navette::client
