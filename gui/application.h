/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_APPLICATION_H
#define UI_APPLICATION_H

#include "session.h"

G_BEGIN_DECLS

/* The desktop app: `async-inspect-gui [FILE...]`, `async-inspect-gui -- PROGRAM [ARGUMENT...]`.
 * Returns: the exit status */
UI_API int ui_application_run (int argc, char **argv);

G_END_DECLS

#endif
