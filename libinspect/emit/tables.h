/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EMIT_TABLES_H
#define EMIT_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "emit/channel.h"

/* The append-only tables of a channel: kinds, locations, modules, strings. Lock-free and safe in
 * signal handlers; every entry is found again by what it says, so that a call site costs one entry
 * however often and from however many threads it is passed. */

/* Maps the private indices. Called once, before the first channel is handed over. */
bool emit_tables_init (void);

/* Number of the location; 0 where the table is full. @file and @function are for STATIC alone. */
uint32_t emit_location_add (ChannelLocationClass of, uint64_t address, const char *file,
                            const char *function, uint32_t line);

/* Number of the location that is a whole stack, of 1 to CHANNEL_MAX_FRAMES frames; 0 where there is
 * no room for another. */
uint32_t emit_stack_add (const uintptr_t *frames, uint32_t n);

/* Number of the kind; 0 where the table is full. */
uint32_t emit_kind_add (uint32_t of, uint32_t flags, const char *name, const char *phrase);

/* Adds @module, unless the table has it; its `ready` and `path` are set here. */
void emit_module_entry_add (const ChannelModule *module, const char *path);

/* Offset of the text in the channel's strings; 0, the empty string, where they are full. */
uint32_t emit_string_add (const char *text);

#endif
