/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The calls of inspect.h that give numbers to what records refer to. */

#include "inspect.h"

#include "emit/process.h"
#include "emit/state.h"
#include "emit/tables.h"

#define ID_IS_NO_ADDRESS (UINT64_C (1) << 47)

InspectId
inspect_id_new (void)
{
  static uint64_t last;

  return ID_IS_NO_ADDRESS |
         (__atomic_add_fetch (&last, 1, __ATOMIC_RELAXED) & (ID_IS_NO_ADDRESS - 1));
}

/* The first one stays. */
static uint32_t
keep_number (uint32_t *kept, uint32_t number)
{
  uint32_t none = 0;

  if (number == 0 || __atomic_compare_exchange_n (kept, &none, number, false, __ATOMIC_RELAXED,
                                                  __ATOMIC_RELAXED))
    return number;
  return none;
}

/* Two threads that come here at once with the same static may waste an entry, and both get the number
 * that stays in the static: an object is known by the number of its kind. That number is good for all channels that this process and its forks ever
 * have (channel.h). */
uint32_t
inspect_kind_register (InspectKind *kind)
{
  uint32_t number;

  if (!emit_process_is_live ())
    return 0;
  number = emit_kind_add (kind->of, kind->flags, kind->name, kind->phrase);
  return keep_number (&kind->id, number);
}

InspectLocationId
inspect_location_register (InspectLocation *location)
{
  uint32_t number;

  if (!emit_process_is_live ())
    return 0;
  number = emit_location_add (CHANNEL_LOCATION_STATIC, 0, location->file, location->function,
                              location->line);
  return keep_number (&location->id, number);
}

/* Places that were asked for lately. An entry is one word, so that any thread and any signal handler
 * may write it: the address, mixed so that nothing of it is lost, chooses the entry with its upper
 * bits, and the others are in it, above the number. A number is good for as long as the process and
 * its forks live, and nothing has to be looked up to find that it is. */
#define RECENT_BITS 8
#define PLACE_BITS 49 /* an address, and whether it is a function's */
#define NUMBER_BITS (64 - PLACE_BITS + RECENT_BITS)

static uint64_t recent_places[1 << RECENT_BITS];

static InspectLocationId
location_of_address (ChannelLocationClass of, const void *address)
{
  uint64_t place = (uintptr_t)address | (uint64_t)(of == CHANNEL_LOCATION_FUNCTION)
                                            << (PLACE_BITS - 1);
  uint64_t mixed = place * UINT64_C (0x9e3779b97f4a7c15) << (64 - PLACE_BITS);
  uint64_t rest = mixed << RECENT_BITS;
  uint64_t *entry = &recent_places[mixed >> (64 - RECENT_BITS)];
  uint64_t found = __atomic_load_n (entry, __ATOMIC_RELAXED);
  uint32_t number = found & ((1u << NUMBER_BITS) - 1);

  bool is_narrow = (uintptr_t)address >> (PLACE_BITS - 1) == 0;

  if (number != 0 && found - number == rest && is_narrow)
    return number;
  if (address == NULL || !emit_process_is_live ())
    return 0;
  number = emit_location_add (of, (uint64_t)(uintptr_t)address, NULL, NULL, 0);
  if (number >> NUMBER_BITS == 0 && is_narrow)
    __atomic_store_n (entry, rest | number, __ATOMIC_RELAXED);
  return number;
}

InspectLocationId
inspect_location_of_call (const void *return_address)
{
  return location_of_address (CHANNEL_LOCATION_CALL, return_address);
}

InspectLocationId
inspect_location_of_function (const void *function)
{
  return location_of_address (CHANNEL_LOCATION_FUNCTION, function);
}

/* A full table still has room for the place of the call, if it is there already. */
InspectLocationId
inspect_location_of_stack (const uintptr_t *frames, uint32_t n_frames)
{
  uint32_t number;

  if (n_frames == 0 || !emit_process_is_live ())
    return 0;
  number = emit_stack_add (frames, n_frames < CHANNEL_MAX_FRAMES ? n_frames : CHANNEL_MAX_FRAMES);
  return number != 0 ? number : inspect_location_of_call ((const void *)frames[0]);
}

void
emit_module_add (const char *path, uint64_t start, uint64_t end, uint64_t bias,
                 const uint8_t *build_id, size_t length)
{
  ChannelModule module = { .start = start, .end = end, .bias = bias };

  if (!emit_process_is_live ())
    return;
  if (length > CHANNEL_BUILD_ID_MAX || build_id == NULL)
    length = 0;
  for (size_t i = 0; i < length; i++)
    module.build_id[i] = build_id[i];
  module.build_id_length = (uint8_t)length;
  emit_module_entry_add (&module, path);
}
