// The reference of OneVsOne: splits a file of tickets by region, sorts each region by rating and pairs it exactly,
// with the most pairs possible and, of all ways to make so many, the smallest total gap.
//
//   one-vs-one <file> <gap>
//
// The file has a line "region rating joinedAt" for each ticket, where region is a small whole number. Each line of
// standard input asks for so many rounds; each is answered with one line "milliseconds pairs total-gap", where the
// time is the median of the rounds. Reading the file is not timed; splitting, sorting and pairing are. A round takes
// the smaller of wall time and CPU time, so that other processes on the machine do not count.
//
// Pairing, in a line of tickets cut wherever two neighbours are further apart than the gap: an even chain pairs
// neighbours; an odd chain leaves one out, at the even place where the others' total gap is smallest. Uncrossing two
// pairs never lengthens them, so no other way is better.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

struct Ticket {
  double rating;
  uint32_t region;
};

struct Entry {
  double rating;
  uint32_t ticket;
};

struct Pair {
  uint32_t low;
  uint32_t high;
  double gap;
};

static void fail(const char* what) {
  std::fprintf(stderr, "one-vs-one: %s\n", what);
  std::exit(1);
}

static double millis(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static double wallMs() { return millis(CLOCK_MONOTONIC); }

static double cpuMs() { return millis(CLOCK_PROCESS_CPUTIME_ID); }

static std::vector<Ticket> readTickets(const char* path) {
  std::FILE* file = std::fopen(path, "r");
  if (!file) fail("the file of tickets cannot be opened");
  std::vector<Ticket> tickets;
  Ticket ticket;
  int fields;
  long long joinedAt;  // Whoever of two equal ratings is taken, the pairs are as many and as close.
  while ((fields = std::fscanf(file, "%u %lf %lld", &ticket.region, &ticket.rating, &joinedAt)) == 3) {
    tickets.push_back(ticket);
  }
  std::fclose(file);
  if (fields != EOF) fail("a line is: region rating joinedAt");
  return tickets;
}

using Pools = std::vector<std::vector<Entry>>;

static void split(const std::vector<Ticket>& tickets, Pools& pools) {
  for (std::vector<Entry>& pool : pools) pool.clear();
  for (uint32_t index = 0; index < tickets.size(); index++) {
    pools[tickets[index].region].push_back({tickets[index].rating, index});
  }
}

static bool precedes(const Entry& one, const Entry& other) { return one.rating < other.rating; }

// Where to leave one out of the odd chain [first, last).
static size_t spareOf(const std::vector<Entry>& pool, size_t first, size_t last) {
  size_t best = first;
  double cost = 0;
  double bestCost = 0;
  for (size_t place = first; place + 2 < last; place += 2) {
    cost += (pool[place + 1].rating - pool[place].rating) - (pool[place + 2].rating - pool[place + 1].rating);
    if (cost < bestCost) {
      best = place + 2;
      bestCost = cost;
    }
  }
  return best;
}

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
  uint32_t regions = 0;
  for (const Ticket& ticket : tickets) regions = std::max(regions, ticket.region + 1);
  if (regions > 1000) fail("a region is a small whole number");

  // Kept from round to round, as a program would that does this all day.
  Pools pools(regions);
  std::vector<Pair> pairs;
  int rounds;
  while (std::scanf("%d", &rounds) == 1) {
    std::vector<double> times;
    for (int round = 0; round < rounds; round++) {
      const double wall = wallMs();
      const double cpu = cpuMs();
      split(tickets, pools);
      pairs.clear();
      for (std::vector<Entry>& pool : pools) pairPool(pool, gap, pairs);
      times.push_back(std::min(wallMs() - wall, cpuMs() - cpu));
    }
    if (times.empty()) fail("at least one round");
    double totalGap = 0;
    for (const Pair& pair : pairs) totalGap += pair.gap;
    std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
    std::printf("%.6f %zu %.17g\n", times[times.size() / 2], pairs.size(), totalGap);
    std::fflush(stdout);
  }
}
