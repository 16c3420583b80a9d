/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_SEPARATE_H
#define DEBUGINFO_SEPARATE_H

#include <elfutils/libdwfl.h>

/* The work of Dwfl_Callbacks.find_debuginfo: the separate debug file of a module by build id, then
 * by debuglink, then, only where the user has set DEBUGINFOD_URLS, from those servers, within a
 * few seconds for the whole process. Returns: an open file, or -1 */
int debug_separate_find (Dwfl *dwfl, Dwfl_Module *module, void **userdata, const char *module_name,
                         Dwarf_Addr base, const char *file_name, const char *debuglink_file,
                         GElf_Word debuglink_crc, char **ret_file_name);

#endif
