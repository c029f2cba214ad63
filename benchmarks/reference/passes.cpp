// The references of strategies whose first pass a plain program can make by the same rule.
//
//   passes <file> <rule> <number>
//
// The rules, each by region:
//
//   strict <gap>    the two closest within the gap meet, then the two closest of the rest, and so on; on a tie the
//                   older
//   blitz <gap>     all have waited alike, so that the gap is the same for everybody: a chain of up to 128 in which
//                   neighbours are within the gap is paired exactly; in a longer one each takes the next above it
//   adaptive <price>  neighbours meet when the other arrivals of the pool would save them less than waiting costs, those
//                   with the least to save first (docs/strategies/adaptive.md); the last ticket has just joined
//   fifo <n>        in the order of age, so many at a time
//   bracket <size>  in the order of age, so many at a time, and then by rating, the best first
//
// The sum is that of the gaps of all pairs, or of rating × seed of all seeds, which tells one order from another;
// splitting and all that follows is timed. Files, rounds and answers: reference.hpp.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "reference.hpp"

struct Entry {
  double rating;
  uint32_t ticket;
};

using Pool = std::vector<Entry>;

// Matches of any size, one after the other: whom they hold, and where each ends.
struct Matches {
  std::vector<Entry> members;
  std::vector<size_t> ends;

  void clear() {
    members.clear();
    ends.clear();
  }
  void pair(const Entry& one, const Entry& other) {
    members.push_back(one);
    members.push_back(other);
    ends.push_back(members.size());
  }
};

static bool below(const Entry& one, const Entry& other) {
  return one.rating < other.rating || (one.rating == other.rating && one.ticket < other.ticket);
}

static bool seededBefore(const Entry& one, const Entry& other) {
  return one.rating > other.rating || (one.rating == other.rating && one.ticket < other.ticket);
}

// Whether the couple (b, c) comes before (a, b), of which the gaps are the same.
static bool isOlder(const Entry& a, const Entry& b, const Entry& c) {
  const uint32_t next[] = {std::min(b.ticket, c.ticket), std::max(b.ticket, c.ticket)};
  const uint32_t last[] = {std::min(a.ticket, b.ticket), std::max(a.ticket, b.ticket)};
  return next[0] != last[0] ? next[0] < last[0] : next[1] < last[1];
}

static void popPair(Pool& stack, Matches& matches) {
  matches.pair(stack[stack.size() - 2], stack.back());
  stack.resize(stack.size() - 2);
}

// Who waits for the next one above lies on a stack, where gaps get smaller; two meet as soon as the next is larger.
static void strict(Pool& pool, double gap, Matches& matches) {
  static Pool stack;
  stack.clear();
  std::sort(pool.begin(), pool.end(), below);
  for (const Entry& next : pool) {
    while (stack.size() > 1) {
      const Entry& top = stack.back();
      const Entry& under = stack[stack.size() - 2];
      const double last = top.rating - under.rating;
      const double toNext = next.rating - top.rating;
      if (toNext < last || (toNext == last && isOlder(under, top, next))) break;
      popPair(stack, matches);
    }
    if (!stack.empty() && next.rating - stack.back().rating > gap) {
      while (stack.size() > 1) popPair(stack, matches);
      stack.clear();
    }
    stack.push_back(next);
  }
  while (stack.size() > 1) popPair(stack, matches);
}

static void blitz(Pool& pool, double gap, Matches& matches) {
  std::sort(pool.begin(), pool.end(), below);
  for (size_t first = 0, last = 1; first < pool.size(); first = last++) {
    while (last < pool.size() && pool[last].rating - pool[last - 1].rating <= gap) last++;
    const bool isSearched = last - first <= 128 && (last - first) % 2 == 1;
    const size_t spare = isSearched ? spareOf(pool, first, last) : last;
    for (size_t low = first; low + 1 < last; low += 2) {
      if (low == spare) low++;
      if (low + 1 < last) matches.pair(pool[low], pool[low + 1]);
    }
  }
}

// What came lately to a pool, which is in the order of age.
struct Traffic {
  std::vector<double> ratings;
  double worth;

  Traffic(const Pool& pool, const std::vector<Ticket>& tickets, double price, long long now) {
    const size_t arrived = pool.size();
    const size_t until = arrived < 128 ? arrived : arrived - arrived % 64;
    for (size_t place = until - std::min<size_t>(until, 512); place < until; place++) ratings.push_back(pool[place].rating);
    std::sort(ratings.begin(), ratings.end());
    const size_t latest = std::min<size_t>(arrived, 40);
    const double first = now + 1 - tickets[pool[arrived - latest].ticket].joinedAt;
    const double last = now + 1 - tickets[pool[arrived - 1].ticket].joinedAt;
    worth = price * ratings.size() * std::max(first / latest, last / 5) / 1000;
  }

  double saved(double rating, double gap) const {
    double sum = 0;
    for (auto next = std::upper_bound(ratings.begin(), ratings.end(), rating - gap); next != ratings.end(); ++next) {
      const double nearer = gap - std::fabs(rating - *next);
      if (nearer > 0) sum += nearer;
      else if (*next > rating) break;
    }
    return sum;
  }

  double savings(double one, double other) const {
    const double gap = std::fabs(one - other);
    return 2 / (1 / saved(one, gap) + 1 / saved(other, gap));
  }
};

// As `strict`, by what two would save in place of their gap, where that is little enough or one has waited long enough.
static void adaptive(Pool& pool, const std::vector<Ticket>& tickets, double price, Matches& matches) {
  static Pool stack;
  static std::vector<double> saved;
  stack.clear();
  saved.clear();
  if (pool.empty()) return;
  const long long now = tickets.back().joinedAt;
  const Traffic traffic(pool, tickets, price, now);
  std::sort(pool.begin(), pool.end(), below);
  for (const Entry& next : pool) {
    double savings = INFINITY;
    while (!stack.empty()) {
      const Entry& top = stack.back();
      const double gap = next.rating - top.rating;
      savings = traffic.savings(top.rating, next.rating);
      const long long oldest = std::min(tickets[top.ticket].joinedAt, tickets[next.ticket].joinedAt);
      if (savings / 1.25 > traffic.worth && (now - oldest) * price < 2000 * gap) savings = INFINITY;
      const double last = saved.back();
      if (last == INFINITY || savings < last) break;
      if (savings == last) {
        const Entry& under = stack[stack.size() - 2];
        const double lastGap = top.rating - under.rating;
        if (gap < lastGap || (gap == lastGap && isOlder(under, top, next))) break;
      }
      popPair(stack, matches);
      saved.resize(stack.size());
      savings = INFINITY;
    }
    stack.push_back(next);
    saved.push_back(savings);
  }
  for (; saved.size() > 1 && saved.back() < INFINITY; saved.resize(stack.size())) popPair(stack, matches);
}

static void inOrder(const Pool& pool, size_t size, bool areSeeded, Matches& matches) {
  for (size_t first = 0; first + size <= pool.size(); first += size) {
    matches.members.insert(matches.members.end(), pool.begin() + first, pool.begin() + first + size);
    if (areSeeded) std::sort(matches.members.end() - size, matches.members.end(), seededBefore);
    matches.ends.push_back(matches.members.size());
  }
}

static double sumOf(const Matches& matches, bool areSeeded) {
  double sum = 0;
  size_t first = 0;
  for (const size_t end : matches.ends) {
    const Entry* members = &matches.members[first];
    if (areSeeded) {
      for (size_t seed = 0; first + seed < end; seed++) sum += members[seed].rating * (seed + 1);
    } else {
      for (size_t one = 0; first + one + 1 < end; one++) sum += std::fabs(members[one].rating - members[one + 1].rating);
    }
    first = end;
  }
  return sum;
}

int main(int count, char** arguments) {
  if (count != 4) fail("usage: passes <file> <rule> <number>");
  const std::vector<Ticket> tickets = readTickets(arguments[1]);
  const char* rule = arguments[2];
  const double number = std::atof(arguments[3]);
  const bool isStrict = !std::strcmp(rule, "strict");
  const bool isBlitz = !std::strcmp(rule, "blitz");
  const bool isAdaptive = !std::strcmp(rule, "adaptive");
  const bool areSeeded = !std::strcmp(rule, "bracket");
  if (!isStrict && !isBlitz && !isAdaptive && !areSeeded && std::strcmp(rule, "fifo")) fail("there is no such rule");

  // Kept from round to round, as a program would that does this all day.
  std::vector<Pool> pools(regionsOf(tickets));
  Matches matches;
  const auto round = [&] {
    for (Pool& pool : pools) pool.clear();
    for (uint32_t index = 0; index < tickets.size(); index++) {
      pools[tickets[index].region].push_back({tickets[index].rating, index});
    }
    matches.clear();
    for (Pool& pool : pools) {
      if (isStrict) strict(pool, number, matches);
      else if (isBlitz) blitz(pool, number, matches);
      else if (isAdaptive) adaptive(pool, tickets, number, matches);
      else inOrder(pool, static_cast<size_t>(number), areSeeded, matches);
    }
  };
  serve(round, [&] { return matches.ends.size(); }, [&] { return sumOf(matches, areSeeded); });
}
