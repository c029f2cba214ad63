// What the references have in common: the file of tickets, the time that a round takes, the answers, and a rule that
// two of them need.
//
// The file has a line "region rating joinedAt" for each ticket, in the order of age, where region is a small whole
// number. Each line of standard input asks for so many rounds; each is answered with one line "milliseconds matches
// sum", where the time is the median of the rounds. Reading the file is not timed. A round takes the smaller of wall
// time and CPU time, so that other processes on the machine do not count.

#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

struct Ticket {
  double rating;
  uint32_t region;
  long long joinedAt;
};

[[noreturn]] inline void fail(const char* what) {
  std::fprintf(stderr, "reference: %s\n", what);
  std::exit(1);
}

inline double millis(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

inline std::vector<Ticket> readTickets(const char* path) {
  std::FILE* file = std::fopen(path, "r");
  if (!file) fail("the file of tickets cannot be opened");
  std::vector<Ticket> tickets;
  Ticket ticket;
  int fields;
  while ((fields = std::fscanf(file, "%u %lf %lld", &ticket.region, &ticket.rating, &ticket.joinedAt)) == 3) {
    if (!tickets.empty() && ticket.joinedAt < tickets.back().joinedAt) fail("tickets come in the order of age");
    tickets.push_back(ticket);
  }
  std::fclose(file);
  if (fields != EOF) fail("a line is: region rating joinedAt");
  return tickets;
}

inline uint32_t regionsOf(const std::vector<Ticket>& tickets) {
  uint32_t regions = 0;
  for (const Ticket& ticket : tickets) regions = std::max(regions, ticket.region + 1);
  if (regions > 1000) fail("a region is a small whole number");
  return regions;
}

// Where to leave one out of the odd chain [first, last) of a pool in the order of ratings, so that the gaps of the
// others are the least.
template <typename Pool>
size_t spareOf(const Pool& pool, size_t first, size_t last) {
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

// Answers whoever asks: round() makes all matches once, count() and sum() say what came of it.
template <typename Round, typename Count, typename Sum>
void serve(Round round, Count count, Sum sum) {
  int rounds;
  while (std::scanf("%d", &rounds) == 1) {
    std::vector<double> times;
    for (int made = 0; made < rounds; made++) {
      const double wall = millis(CLOCK_MONOTONIC);
      const double cpu = millis(CLOCK_PROCESS_CPUTIME_ID);
      round();
      times.push_back(std::min(millis(CLOCK_MONOTONIC) - wall, millis(CLOCK_PROCESS_CPUTIME_ID) - cpu));
    }
    if (times.empty()) fail("at least one round");
    std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
    std::printf("%.6f %zu %.17g\n", times[times.size() / 2], static_cast<size_t>(count()), sum());
    std::fflush(stdout);
  }
}
