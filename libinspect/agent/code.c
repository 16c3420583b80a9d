/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/code.h"

#include <elf.h>
#include <string.h>

#include "agent/kernel.h"
#include "agent/memory.h"

#ifndef PT_GNU_EH_FRAME
#define PT_GNU_EH_FRAME 0x6474e550
#endif

/* An object that the process does not keep for good may be gone when its tables are read: they are
 * copied out by the kernel, which says so. */
#define COPY_MAX 1024u

typedef struct
{
  uintptr_t start, end; /* of its code */
  /* The readable segment that has the tables: nothing is read outside of it. */
  uintptr_t data, data_end;
  uintptr_t header; /* of .eh_frame_hdr */
  bool is_lasting;
  bool is_ours;
} Code;

/* A sequence lock: odd while the writer, which has the agent's lock, is at it. Readers that meet
 * one at work go without; they must never wait. The memory of a smaller snapshot stays mapped for
 * those who are still in it. */
typedef struct
{
  uint32_t capacity;
  uint32_t n;
  Code codes[]; /* by address */
} Snapshot;

static Snapshot *snapshot;  /* atomic */
static uint32_t sequence;   /* atomic */
static uint32_t generation; /* atomic */
static uint64_t last_unloads;

/* ---- Writing --------------------------------------------------------------------------------- */

/* Objects lie apart from each other, so that one range each will do. */
static bool
describe (const AgentObject *object, bool is_ours, Code *ret_code)
{
  memset (ret_code, 0, sizeof *ret_code);
  for (uint32_t i = 0; i < object->n_headers; i++)
    if (object->headers[i].p_type == PT_GNU_EH_FRAME)
      ret_code->header = object->bias + object->headers[i].p_vaddr;
  for (uint32_t i = 0; i < object->n_headers; i++)
    {
      const Elf64_Phdr *segment = &object->headers[i];
      uintptr_t start = object->bias + segment->p_vaddr;

      if (segment->p_type != PT_LOAD || (segment->p_flags & PF_R) == 0 ||
          ret_code->header - start >= segment->p_filesz)
        continue;
      ret_code->data = start;
      ret_code->data_end = start + segment->p_filesz;
    }
  ret_code->start = object->start;
  ret_code->end = object->end;
  ret_code->is_lasting = is_ours || agent_objects_is_from_start (object);
  ret_code->is_ours = is_ours;
  return ret_code->header != 0 && ret_code->data != 0;
}

/* The loader's order is nearly that of the addresses, one way or the other. */
static void
insert (Snapshot *into, const Code *code)
{
  uint32_t at = into->n++;

  for (; at > 0 && into->codes[at - 1].start > code->start; at--)
    into->codes[at] = into->codes[at - 1];
  into->codes[at] = *code;
}

static Snapshot *
get_room (size_t n)
{
  Snapshot *current = __atomic_load_n (&snapshot, __ATOMIC_RELAXED);
  uint32_t capacity = current != NULL ? current->capacity : 64;
  Snapshot *next;

  if (current != NULL && n <= current->capacity)
    return current;
  while (capacity < n)
    capacity *= 2;
  next = agent_memory_reserve (sizeof *next + capacity * sizeof *next->codes);
  if (next != NULL)
    next->capacity = capacity;
  return next;
}

void
agent_code_update (const AgentObjects *objects, bool (*is_ours) (const AgentObject *object))
{
  Snapshot *into = get_room (objects->n);
  Code code;

  if (into == NULL)
    return;
  /* Both pair with read_code(). */
  __atomic_store_n (&sequence, sequence + 1, __ATOMIC_RELAXED);
  __atomic_thread_fence (__ATOMIC_RELEASE);
  into->n = 0;
  for (size_t i = 0; i < objects->n; i++)
    if (describe (&objects->objects[i], is_ours (&objects->objects[i]), &code))
      insert (into, &code);
  __atomic_store_n (&snapshot, into, __ATOMIC_RELEASE);
  __atomic_store_n (&sequence, sequence + 1, __ATOMIC_RELEASE);

  if (objects->unloads != last_unloads)
    __atomic_fetch_add (&generation, 1, __ATOMIC_RELEASE);
  last_unloads = objects->unloads;
}

uint32_t
agent_code_get_generation (void)
{
  return __atomic_load_n (&generation, __ATOMIC_RELAXED);
}

/* ---- Reading the snapshot -------------------------------------------------------------------- */

/* Of what a writer moves meanwhile no index leads outside of the memory, and the result is thrown
 * away. */
static bool
read_code (uintptr_t pc, Code *ret_code)
{
  uint32_t before = __atomic_load_n (&sequence, __ATOMIC_ACQUIRE);
  const Snapshot *current = __atomic_load_n (&snapshot, __ATOMIC_ACQUIRE);
  uint32_t first = 0, after;

  if (current == NULL || before % 2 != 0)
    return false;
  after = __atomic_load_n (&current->n, __ATOMIC_RELAXED);
  if (after > current->capacity)
    return false;
  while (first < after)
    {
      uint32_t middle = first + (after - first) / 2;

      if (__atomic_load_n (&current->codes[middle].start, __ATOMIC_RELAXED) <= pc)
        first = middle + 1;
      else
        after = middle;
    }
  if (first == 0)
    return false;
  memcpy (ret_code, &current->codes[first - 1], sizeof *ret_code);
  __atomic_thread_fence (__ATOMIC_ACQUIRE);
  return __atomic_load_n (&sequence, __ATOMIC_RELAXED) == before && pc >= ret_code->start &&
         pc < ret_code->end;
}

/* ---- Reading tables -------------------------------------------------------------------------- */

/* Bytes of the object at @address; copied into @buffer where it may be gone. */
static bool
peek (const Code *code, uintptr_t address, size_t length, uint8_t *buffer, AgentCfiBytes *ret_bytes)
{
  if (address < code->data || address > code->data_end || length > code->data_end - address)
    return false;
  ret_bytes->bytes = (const uint8_t *)address;
  ret_bytes->length = length;
  ret_bytes->address = address;
  if (code->is_lasting)
    return true;
  ret_bytes->bytes = buffer;
  return length <= COPY_MAX && agent_kernel_copy (buffer, address, length);
}

/* The table of the header: pairs of where code begins and where its FDE is, both relative to the
 * header and ordered. The one form that linkers write. */
typedef struct
{
  uint8_t version, pointer_encoding, count_encoding, table_encoding;
  int32_t eh_frame;
  uint32_t count;
} Header;

typedef struct
{
  int32_t start, fde;
} Row;

static bool
read_header (const Code *code, uint32_t *ret_count)
{
  uint8_t buffer[sizeof (Header)];
  AgentCfiBytes bytes;
  Header header;

  if (!peek (code, code->header, sizeof header, buffer, &bytes))
    return false;
  memcpy (&header, bytes.bytes, sizeof header);
  if (header.version != 1 || (header.pointer_encoding & 0x0f) != 0x0b ||
      header.count_encoding != 0x03 || header.table_encoding != 0x3b)
    return false;
  *ret_count = header.count;
  return header.count <= (code->data_end - code->header - sizeof header) / sizeof (Row);
}

static bool
read_row (const Code *code, uint32_t index, Row *ret_row)
{
  uint8_t buffer[sizeof (Row)];
  AgentCfiBytes bytes;

  if (!peek (code, code->header + sizeof (Header) + index * sizeof (Row), sizeof (Row), buffer,
             &bytes))
    return false;
  memcpy (ret_row, bytes.bytes, sizeof *ret_row);
  return true;
}

/* Address of the FDE that may be about @pc; 0 for none. */
static uintptr_t
search_table (const Code *code, uintptr_t pc)
{
  int64_t wanted = (int64_t)(pc - code->header);
  uint32_t first = 0, after;
  Row row;

  if (!read_header (code, &after))
    return 0;
  while (first < after)
    {
      uint32_t middle = first + (after - first) / 2;

      if (!read_row (code, middle, &row))
        return 0;
      if (row.start <= wanted)
        first = middle + 1;
      else
        after = middle;
    }
  if (first == 0 || !read_row (code, first - 1, &row))
    return 0;
  return code->header + (uintptr_t)(intptr_t)row.fde;
}

typedef struct
{
  uint8_t fde[COPY_MAX], cie[COPY_MAX / 4];
} Buffers;

static bool
read_rule (const Code *code, uintptr_t pc, Buffers *buffers, AgentUnwindRule *ret_rule)
{
  uintptr_t address = search_table (code, pc), cie_address;
  AgentCfiBytes head, entry, cie_entry;
  AgentCie cie;
  AgentFde fde;
  size_t length, cie_length;

  return address != 0 && peek (code, address, 8, buffers->fde, &head) &&
         agent_cfi_measure_fde (&head, &length, &cie_address) &&
         peek (code, cie_address, 8, buffers->cie, &head) &&
         agent_cfi_measure_cie (&head, &cie_length) &&
         (code->is_lasting || cie_length <= sizeof buffers->cie) &&
         peek (code, address, length, buffers->fde, &entry) &&
         peek (code, cie_address, cie_length, buffers->cie, &cie_entry) &&
         agent_cfi_read_cie (&cie_entry, &cie) && agent_cfi_read_fde (&entry, &cie, &fde) &&
         pc >= fde.start && pc < fde.end && agent_cfi_evaluate (&cie, &fde, pc, ret_rule);
}

AgentCodeOwner
agent_code_find_rule (uintptr_t pc, AgentUnwindRule *ret_rule)
{
  Buffers buffers;
  Code code;

  if (!read_code (pc, &code) || (!code.is_lasting && agent_kernel_is_locked_up ()))
    return AGENT_CODE_UNKNOWN;
  if (!read_rule (&code, pc, &buffers, ret_rule))
    *ret_rule = (AgentUnwindRule){ .kind = AGENT_CFA_UNKNOWN };
  return code.is_ours ? AGENT_CODE_OURS : AGENT_CODE_PROGRAM;
}
