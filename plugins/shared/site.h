/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SHARED_SITE_H
#define SHARED_SITE_H

/* Looking around where a borrowed thread stands. Any word may be looked at as an address: the kernel
 * copies, and says so where there is nothing. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/runtime-plugin.h"

bool site_copy (void *to, uint64_t from, size_t length);
bool site_is_epoll_wait (const InspectSite *site);

typedef bool (*SiteTest) (uint64_t address, const void *data);

/* The first word in a register or on the stack that passes; 0: none */
uint64_t site_find (const InspectSite *site, SiteTest test, const void *data);

#endif
