/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef CLI_TEST_RUNNER_H
#define CLI_TEST_RUNNER_H

#include <glib.h>

G_BEGIN_DECLS

/* The test command of the project in the working directory: (transfer full) (nullable), an argv; in
 * @ret_what what it was recognised by. */
char **cli_runner_find (const char **ret_what);
/* Whether @program only starts tests and is none itself: meson, ctest, make, ... */
gboolean cli_runner_is_one (const char *const *program);
/* A script is run by its interpreter, which can be inspected where it cannot: (transfer full), the
 * argv to start, @program itself where it is no script. */
char **cli_runner_resolve (const char *const *program);

G_END_DECLS

#endif
