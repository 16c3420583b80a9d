/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef VARIABLES_MACHINE_CANVAS_H
#define VARIABLES_MACHINE_CANVAS_H

#include <gtk/gtk.h>

#include "machine.h"

G_BEGIN_DECLS

/** MachineCanvas::activated (place): somebody wants to see where that state was entered */
#define MACHINE_TYPE_CANVAS (machine_canvas_get_type ())
G_DECLARE_FINAL_TYPE (MachineCanvas, machine_canvas, MACHINE, CANVAS, GtkWidget)

GtkWidget *machine_canvas_new (void);
/** @machine: (transfer full) (nullable): */
void machine_canvas_set_machine (MachineCanvas *canvas, Machine *machine);

G_END_DECLS

#endif
