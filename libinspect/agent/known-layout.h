/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_KNOWN_LAYOUT_H
#define AGENT_KNOWN_LAYOUT_H

/* What an inspector that attaches has found in the files of a process before it stops a thread of it, so that this thread
 * need not read them: of full symbol tables, which may be large, what the agent looks for in them. An AgentKnown, its
 * objects, then their symbols and texts. */

#include <stdint.h>

/* In the place of a runtime's id. */
#define AGENT_KNOWN_QUESTION "@symbols"
#define AGENT_KNOWN_MAGIC 0x4e574e4bu
#define AGENT_KNOWN_PREFIX_MAX 16u
#define AGENT_KNOWN_BUILD_ID_MAX 32u

typedef struct
{
  uint64_t dynamic; /* address of the object's dynamic section in the process */
  uint32_t
      symbols; /* offset of Elf64_Sym, all of functions that were compiled as such that others call */
  uint32_t n_symbols;
  uint32_t strings;      /* offset of their names; the last byte is a NUL */
  uint32_t strings_size; /* more than 0 */
  uint32_t is_merged;    /* agent_whole_is_merged() of @prefix */
  /* All functions with that prefix are among the symbols, and of others one in each gap between them; "": only
   * markers of runtimes are */
  char prefix[AGENT_KNOWN_PREFIX_MAX];
  uint32_t build_id_length; /* another object that has come to that address since has another id */
  uint8_t build_id[AGENT_KNOWN_BUILD_ID_MAX];
} AgentKnownObject;

typedef struct
{
  uint32_t magic;
  uint32_t n_objects;
} AgentKnown;

#endif
