// Changes to maps that can be taken back: a transaction without a copy.
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace navette::test {

class UndoLog {
 public:
  // REQUIRES of the maps: they stay where they are until the end of the transaction.
  template <class Map>
  void put(Map& map, const typename Map::key_type& key, typename Map::mapped_type value) {
    const auto [place, is_new] = map.try_emplace(key);
    std::optional<typename Map::mapped_type> old;
    if (!is_new) old = std::move(place->second);
    place->second = std::move(value);
    remember(map, key, std::move(old));
  }
  template <class Map>
  void erase(Map& map, const typename Map::key_type& key) {
    const auto place = map.find(key);
    if (place != map.end()) erase(map, place);
  }
  template <class Map>
  Map::iterator erase(Map& map, typename Map::iterator place) {
    std::optional<typename Map::mapped_type> old = std::move(place->second);
    const typename Map::key_type key = place->first;
    const auto next = map.erase(place);
    remember(map, key, std::move(old));
    return next;
  }
  template <class Map, class Condition>
  void erase_if(Map& map, Condition condition) {
    for (auto place = map.begin(); place != map.end();) {
      place = condition(*place) ? erase(map, place) : std::next(place);
    }
  }

  void add(std::move_only_function<void()> step) { steps_.push_back(std::move(step)); }
  void forget() { steps_.clear(); }
  void take_back() {
    while (!steps_.empty()) {
      steps_.back()();
      steps_.pop_back();
    }
  }

 private:
  template <class Map>
  void remember(Map& map, const typename Map::key_type& key, std::optional<typename Map::mapped_type> old) {
    steps_.emplace_back([&map, key, before = std::move(old)]() mutable {
      if (before) {
        map.insert_or_assign(key, std::move(*before));
      } else {
        map.erase(key);
      }
    });
  }
  std::vector<std::move_only_function<void()>> steps_;
};

}  // namespace navette::test
