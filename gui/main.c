/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "application.h"

int
main (int argc, char **argv)
{
  return ui_application_run (argc, argv);
}
