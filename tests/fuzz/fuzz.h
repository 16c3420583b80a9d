/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* One a fuzz target. libFuzzer calls it, and run-corpus.c. */
int LLVMFuzzerTestOneInput (const uint8_t *input, size_t size);

#endif
