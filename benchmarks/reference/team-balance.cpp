// The reference of TeamBalance: two teams of two from a file of single players, in one of two ways.
//
//   team-balance <file> <spread> rule       the rule of TeamBalance, exactly
//   team-balance <file> <spread> windows    neighbours in fours, from the lowest up: what sorting alone makes possible
//
// The sum is that of the spreads of all matches and of how far apart the mean ratings of their teams are; splitting by
// region, sorting, grouping and dealing to teams are timed. Files, rounds and answers: reference.hpp.
//
// The rule. Go through a region by age. The oldest who fits gets the group of four with the smallest spread, if that
// is no more than <spread>; of several the one with the oldest members, compared oldest first.
//
// 1. Equal ratings are a run, in the order of age. Whoever goes is always the oldest of their run: so a run is a
//    queue, and what is left of it are its last so many places. Runs that are empty are unlinked.
// 2. On each side of the oldest only the next three places count. For each lower run the nearest upper run is found
//    with which there are four; the narrowest of these windows is the answer.
// 3. The group are the oldest of the window: where there are more than four in it, they are equal in rating at an end.
// 4. Of four in the order of ratings, the outer two against the inner two is the best of the three splits.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "reference.hpp"

static const int GROUP = 4;

struct Entry {
  double rating;
  uint32_t ticket;  // Its index, which is its age.
  uint32_t age;     // How many of its region are older.
};

// By rating, the weakest first; the outer two play the inner two.
struct Match {
  uint32_t tickets[GROUP];
  double spread;
  double imbalance;
};

using Pools = std::vector<std::vector<Entry>>;

static void split(const std::vector<Ticket>& tickets, Pools& pools) {
  for (std::vector<Entry>& pool : pools) pool.clear();
  for (uint32_t index = 0; index < tickets.size(); index++) {
    std::vector<Entry>& pool = pools[tickets[index].region];
    pool.push_back({tickets[index].rating, index, static_cast<uint32_t>(pool.size())});
  }
}

static bool precedes(const Entry& one, const Entry& other) {
  return one.rating < other.rating || (one.rating == other.rating && one.ticket < other.ticket);
}

static Match dealt(const Entry& a, const Entry& b, const Entry& c, const Entry& d) {
  const double imbalance = (a.rating + d.rating) / 2 - (b.rating + c.rating) / 2;
  return {{a.ticket, b.ticket, c.ticket, d.ticket}, d.rating - a.rating, imbalance < 0 ? -imbalance : imbalance};
}

static void windows(std::vector<Entry>& pool, double spread, std::vector<Match>& matches) {
  std::sort(pool.begin(), pool.end(), precedes);
  for (size_t low = 0; low + GROUP <= pool.size();) {
    if (pool[low + GROUP - 1].rating - pool[low].rating > spread) {
      low++;
      continue;
    }
    matches.push_back(dealt(pool[low], pool[low + 1], pool[low + 2], pool[low + 3]));
    low += GROUP;
  }
}

// A region by the rule. Its vectors are kept from round to round, as a program would that does this all day.
class Region {
 public:
  void group(std::vector<Entry>& pool, double spread, std::vector<Match>& matches) {
    lay(pool);
    for (const uint32_t place : aged_) {
      const uint32_t run = runOf_[place];
      if (place < head_[run]) continue;
      if (best(pool, run, spread)) matches.push_back(take(pool));
      else skip(run);
    }
  }

 private:
  std::vector<uint32_t> aged_, runOf_;
  // By run, shifted by one: the first place that is left and the first beyond it, and the neighbours that are left.
  std::vector<uint32_t> head_, end_, up_, down_;
  std::vector<double> rating_;
  uint32_t runs_ = 0;
  uint32_t group_[GROUP];

  void lay(std::vector<Entry>& pool) {
    const uint32_t size = pool.size();
    std::sort(pool.begin(), pool.end(), precedes);
    aged_.resize(size);
    runOf_.resize(size);
    head_.assign(1, 0);
    end_.assign(1, 0);
    rating_.assign(1, 0);
    for (uint32_t place = 0; place < size; place++) {
      aged_[pool[place].age] = place;
      if (place == 0 || pool[place].rating != pool[place - 1].rating) {
        if (place > 0) end_.push_back(place);
        head_.push_back(place);
        rating_.push_back(pool[place].rating);
      }
      runOf_[place] = head_.size() - 1;
    }
    end_.push_back(size);
    runs_ = rating_.size() - 1;
    up_.resize(runs_ + 2);
    down_.resize(runs_ + 2);
    for (uint32_t run = 0; run <= runs_ + 1; run++) {
      up_[run] = run + 1;
      down_[run] = run - 1;
    }
  }

  uint32_t left(uint32_t run) const { return end_[run] - head_[run]; }

  void skip(uint32_t run) {
    if (++head_[run] < end_[run]) return;
    up_[down_[run]] = up_[run];
    down_[up_[run]] = down_[run];
  }

  // Puts the best group around the oldest of a run into group_, by rating; false if there is none.
  bool best(const std::vector<Entry>& pool, uint32_t own, double spread) {
    uint32_t below[GROUP], above[GROUP];  // Runs, nearest first, the own one at 0.
    uint32_t countBelow[GROUP], countAbove[GROUP];  // How many there are up to and with each, the own run not counted.
    int lows = 1, highs = 1;
    below[0] = above[0] = own;
    countBelow[0] = countAbove[0] = 0;
    const uint32_t others = left(own);
    for (uint32_t run = down_[own]; run > 0 && others + countBelow[lows - 1] < GROUP; run = down_[run]) {
      if (rating_[own] - rating_[run] > spread) break;
      below[lows] = run;
      countBelow[lows] = countBelow[lows - 1] + left(run);
      lows++;
    }
    for (uint32_t run = up_[own]; run <= runs_ && others + countAbove[highs - 1] < GROUP; run = up_[run]) {
      if (rating_[run] - rating_[own] > spread) break;
      above[highs] = run;
      countAbove[highs] = countAbove[highs - 1] + left(run);
      highs++;
    }
    double least = spread;
    bool found = false;
    int high = 0;
    for (int low = lows - 1; low >= 0; low--) {
      while (high < highs && others + countBelow[low] + countAbove[high] < GROUP) high++;
      if (high == highs) break;
      const double wide = rating_[above[high]] - rating_[below[low]];
      if (wide > least || (found && wide == least && !isOlder(pool, below[low], above[high]))) continue;
      if (!found || wide < least) oldest(pool, below[low], above[high], group_);
      least = wide;
      found = true;
    }
    return found;
  }

  // Whether the oldest of a window are older than group_; if so, they are put there.
  bool isOlder(const std::vector<Entry>& pool, uint32_t low, uint32_t high) {
    uint32_t other[GROUP];
    oldest(pool, low, high, other);
    uint32_t one[GROUP], two[GROUP];
    for (int index = 0; index < GROUP; index++) {
      one[index] = pool[group_[index]].ticket;
      two[index] = pool[other[index]].ticket;
    }
    std::sort(one, one + GROUP);
    std::sort(two, two + GROUP);
    if (!std::lexicographical_compare(two, two + GROUP, one, one + GROUP)) return false;
    std::memcpy(group_, other, sizeof other);
    return true;
  }

  // The places of the oldest in a window of runs, by rating.
  void oldest(const std::vector<Entry>& pool, uint32_t low, uint32_t high, uint32_t* group) const {
    uint32_t places[4 * GROUP];
    int count = 0;
    for (uint32_t run = low;; run = up_[run]) {
      const uint32_t end = std::min(end_[run], head_[run] + GROUP);
      for (uint32_t place = head_[run]; place < end; place++) places[count++] = place;
      if (run == high) break;
    }
    if (count > GROUP) {
      std::nth_element(places, places + GROUP - 1, places + count,
                       [&](uint32_t one, uint32_t other) { return pool[one].ticket < pool[other].ticket; });
      std::sort(places, places + GROUP);
    }
    std::memcpy(group, places, GROUP * sizeof *group);
  }

  Match take(const std::vector<Entry>& pool) {
    for (const uint32_t place : group_) skip(runOf_[place]);
    return dealt(pool[group_[0]], pool[group_[1]], pool[group_[2]], pool[group_[3]]);
  }
};

int main(int count, char** arguments) {
  if (count != 4) fail("usage: team-balance <file> <spread> rule|windows");
  const std::vector<Ticket> tickets = readTickets(arguments[1]);
  const double spread = std::atof(arguments[2]);
  const bool isRule = std::strcmp(arguments[3], "rule") == 0;
  if (!isRule && std::strcmp(arguments[3], "windows") != 0) fail("the third argument is rule or windows");

  // Kept from round to round, as a program would that does this all day.
  Pools pools(regionsOf(tickets));
  std::vector<Region> laid(pools.size());
  std::vector<Match> matches;
  const auto round = [&] {
    split(tickets, pools);
    matches.clear();
    for (size_t region = 0; region < pools.size(); region++) {
      if (isRule) laid[region].group(pools[region], spread, matches);
      else windows(pools[region], spread, matches);
    }
  };
  const auto total = [&] {
    double sum = 0;
    for (const Match& match : matches) sum += match.spread + match.imbalance;
    return sum;
  };
  serve(round, [&] { return matches.size(); }, total);
}
