#include "navette/cpom/schema.hpp"

namespace navette::cpom {

const schema::Schema& served_schema() { return cpom_schema(); }

}  // namespace navette::cpom
