/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_TABLES_H
#define ANALYSIS_TABLES_H

#include "channel/reader.h"
#include "debuginfo/symbols.h"
#include "inspect.h"
#include "model/model.h"
#include "recording/tables.h"

G_BEGIN_DECLS

/* The tables of a program: those of its channel, where it has one, and beside them what the inspector
 * itself has found out. Numbers of the latter are counted down from the largest ones, which no
 * channel of ordinary size has. */
typedef struct _AnalysisTables AnalysisTables;

/* @reader: (nullable): stands as long as the tables */
AnalysisTables *analysis_tables_new (ChannelReader *reader);
void analysis_tables_free (AnalysisTables *tables);

/* With an AnalysisTables as their data. */
extern const ModelTables analysis_tables_of_model;
extern const RecordingSource analysis_tables_of_recording;

/* 0: there is no room. The same thing has the same number. */
guint32 analysis_tables_add_kind (AnalysisTables *tables, guint32 of, guint32 flags,
                                  const char *name, const char *phrase);
/* Calls that led to each other, the innermost first, each by its place in the source. */
guint32 analysis_tables_add_places (AnalysisTables *tables, const DebugSymbol *places, guint n);
/* What stands for an address that @tables made up for a place; NULL: it made up none like that. */
const DebugSymbol *analysis_tables_find_symbol (AnalysisTables *tables, guint64 address);

G_END_DECLS

#endif
