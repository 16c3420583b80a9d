/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef INSPECT_SLOTS_H
#define INSPECT_SLOTS_H

#include <assert.h>
#include <stdint.h>

/**
 * SECTION: inspect-slots.h
 *
 * What a probe, which reads a program from outside, tells a runtime plugin, which is in it: the words of
 * its data that lead to the functions by which tasks are polled, woken and ended. A form that a probe's
 * answer (inspector-probe.h) and InspectAgent.ask (runtime-plugin.h) may have. One piece of bytes:
 *
 *   InspectSlotsHeader, InspectSlotType[n_types], InspectSlot[n_slots], texts, each with its NUL
 *
 * The plugin checks all of it before it uses it.
 */

#define INSPECT_SLOTS_MAGIC 0x3153544cu /* "LTS1" */
#define INSPECT_SLOTS_NOWHERE UINT32_MAX
#define INSPECT_SLOTS_MAX 8192u

typedef struct
{
  uint32_t magic;
  uint32_t size; /* of all of it */
  uint32_t n_types;
  uint32_t n_slots;
} InspectSlotsHeader;

/* The tasks of one table of functions. */
typedef struct
{
  uint32_t function, file, line; /* of what it runs; the first two are offsets of texts */
  /* Of its coroutine: where from the header the number of its form is, or of the box that it is in
   * (then from there); INSPECT_SLOTS_NOWHERE: not known. */
  uint32_t box_offset, form_offset;
  uint32_t form_size; /* 1, 2, 4 or 8 */
  uint64_t fresh;     /* the form that it has before it is polled */
  uint64_t fresh_mask, fresh_value; /* of the word of its state, where it is newly made */
  uint32_t word_offset;
  uint32_t pad;
} InspectSlotType;

/* What the function does with the task that it is given. Wire values. */
typedef enum
{
  INSPECT_SLOT_POLL = 1,     /* polls the task */
  INSPECT_SLOT_END = 2,      /* gives its memory back */
  INSPECT_SLOT_SCHEDULE = 3, /* hands it to its executor: when it is made */
  INSPECT_SLOT_WAKE = 4,     /* wakes it */
  INSPECT_SLOT_RELEASE = 5,  /* may give its memory back */
} InspectSlotOf;

typedef struct
{
  uint64_t address; /* of the word */
  uint64_t function; /* that it has */
  uint32_t of;      /* a InspectSlotOf */
  uint32_t type;    /* its number; INSPECT_SLOTS_NOWHERE: several, or none is known */
} InspectSlot;

static_assert (sizeof (InspectSlotType) == 56, "without holes");
static_assert (sizeof (InspectSlot) == 24, "without holes");

#endif
