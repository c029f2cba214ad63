// The reference of OneVsOne: splits a file of tickets by region, sorts each region by rating and pairs it exactly,
// with the most pairs possible and, of all ways to make so many, the smallest total gap.
//
//   one-vs-one <file> <gap>
//
// The sum is the total gap; splitting, sorting and pairing are timed. Files, rounds and answers: reference.hpp.
//
// Pairing, in a line of tickets cut wherever two neighbours are further apart than the gap: an even chain pairs
// neighbours; an odd chain leaves one out, at the even place where the others' total gap is smallest. Uncrossing two
// pairs never lengthens them, so no other way is better.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "reference.hpp"

struct Entry {
  double rating;
  uint32_t ticket;
};

struct Pair {
  uint32_t low;
  uint32_t high;
  double gap;
};

using Pools = std::vector<std::vector<Entry>>;

static void split(const std::vector<Ticket>& tickets, Pools& pools) {
  for (std::vector<Entry>& pool : pools) pool.clear();
  for (uint32_t index = 0; index < tickets.size(); index++) {
    pools[tickets[index].region].push_back({tickets[index].rating, index});
  }
}

static bool precedes(const Entry& one, const Entry& other) { return one.rating < other.rating; }

static void pairChain(const std::vector<Entry>& pool, size_t first, size_t last, std::vector<Pair>& pairs) {
  const size_t spare = (last - first) % 2 == 1 ? spareOf(pool, first, last) : last;
  for (size_t low = first; low + 1 < last; low += 2) {
    if (low == spare) low++;
    if (low + 1 >= last) break;
    pairs.push_back({pool[low].ticket, pool[low + 1].ticket, pool[low + 1].rating - pool[low].rating});
  }
}

static void pairPool(std::vector<Entry>& pool, double gap, std::vector<Pair>& pairs) {
  std::sort(pool.begin(), pool.end(), precedes);
  size_t first = 0;
  for (size_t place = 1; place <= pool.size(); place++) {
    if (place < pool.size() && pool[place].rating - pool[place - 1].rating <= gap) continue;
    pairChain(pool, first, place, pairs);
    first = place;
  }
}

int main(int count, char** arguments) {
  if (count != 3) fail("usage: one-vs-one <file> <gap>");
  const std::vector<Ticket> tickets = readTickets(arguments[1]);
  const double gap = std::atof(arguments[2]);

  // Kept from round to round, as a program would that does this all day.
  Pools pools(regionsOf(tickets));
  std::vector<Pair> pairs;
  const auto round = [&] {
    split(tickets, pools);
    pairs.clear();
    for (std::vector<Entry>& pool : pools) pairPool(pool, gap, pairs);
  };
  const auto totalGap = [&] {
    double total = 0;
    for (const Pair& pair : pairs) total += pair.gap;
    return total;
  };
  serve(round, [&] { return pairs.size(); }, totalGap);
}
