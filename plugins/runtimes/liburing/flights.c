/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "flights.h"

#include "shared/lock.h"
#include "watchers/watchers.h"

#define N_BUCKETS 4096u
#define CHUNK 256u       /* flights that are reserved at once */
#define MAX_CHUNKS 4096u /* about a million in all */

/* Static because rings of every thread of the process lead here. */
static Flight *buckets[N_BUCKETS];
static Flight *free_flights;
static uint32_t n_chunks;
static Lock lock;

static Flight **
bucket_of (const void *ring, uint64_t user_data)
{
  uint64_t mixed =
      ((uintptr_t)ring ^ user_data * UINT64_C (0x9e3779b97f4a7c15)) * UINT64_C (0xff51afd7ed558ccd);

  return &buckets[(uint32_t)(mixed >> 40) % N_BUCKETS];
}

static Flight *
take_free (void)
{
  Flight *flight;

  lock_enter (&lock);
  flight = free_flights;
  if (flight != NULL)
    free_flights = flight->next;
  lock_leave (&lock);
  return flight;
}

static bool
add_chunk (void)
{
  Flight *chunk = NULL;

  if (__atomic_fetch_add (&n_chunks, 1, __ATOMIC_RELAXED) < MAX_CHUNKS)
    chunk = watchers.agent.reserve (CHUNK * sizeof *chunk);
  if (chunk == NULL)
    {
      __atomic_fetch_sub (&n_chunks, 1, __ATOMIC_RELAXED);
      return false;
    }
  for (uint32_t i = 0; i < CHUNK; i++)
    flights_free (&chunk[i]);
  return true;
}

Flight *
flights_take_off (void)
{
  Flight *flight = take_free ();

  if (flight == NULL && add_chunk ())
    flight = take_free ();
  return flight;
}

void
flights_free (Flight *flight)
{
  lock_enter (&lock);
  flight->next = free_flights;
  free_flights = flight;
  lock_leave (&lock);
}

void
flights_add (Flight *flight)
{
  Flight **at = bucket_of (flight->ring, flight->user_data);

  flight->next = NULL;
  lock_enter (&lock);
  while (*at != NULL)
    at = &(*at)->next;
  *at = flight;
  lock_leave (&lock);
}

Flight *
flights_find (const void *ring, uint64_t user_data)
{
  Flight *flight;

  lock_enter (&lock);
  flight = *bucket_of (ring, user_data);
  while (flight != NULL && (flight->ring != ring || flight->user_data != user_data))
    flight = flight->next;
  lock_leave (&lock);
  return flight;
}

/* Under the lock. */
static bool
unlink_from (Flight **at, const Flight *flight)
{
  while (*at != NULL && *at != flight)
    at = &(*at)->next;
  if (*at == NULL)
    return false;
  *at = flight->next;
  return true;
}

void
flights_land (Flight *flight)
{
  lock_enter (&lock);
  unlink_from (bucket_of (flight->ring, flight->user_data), flight);
  lock_leave (&lock);
}

Flight *
flights_land_any (const void *ring)
{
  Flight *found = NULL;

  lock_enter (&lock);
  for (uint32_t i = 0; i < N_BUCKETS && found == NULL; i++)
    for (Flight *flight = buckets[i]; flight != NULL && found == NULL; flight = flight->next)
      if (flight->ring == ring && unlink_from (&buckets[i], flight))
        found = flight;
  lock_leave (&lock);
  return found;
}
