/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Encodings by the "Intel 64 and IA-32 Architectures Software Developer's Manual", volume 2, appendix A. What
 * is not in the tables is not understood, and whoever follows code stops there. */

#include "config.h"

#include "debuginfo/instruction.h"

#include <string.h>

#define RAX (1u << 0)
#define RCX (1u << 1)
#define RDX (1u << 2)
#define RBX (1u << 3)
#define RSI (1u << 6)
#define RDI (1u << 7)

typedef struct
{
  const guint8 *bytes;
  gsize n, at;
  gboolean is_cut;
  guint8 rex;
  gboolean is_short; /* operands of 16 bits */
  gboolean has_segment;
  Instruction *into;
  guint8 modrm;
} Cursor;

/* What follows an opcode. */
enum
{
  M = 1 << 0, /* a ModRM byte */
  B = 1 << 1, /* an immediate byte */
  Z = 1 << 2, /* an immediate of 4 bytes, or 2 */
  R = 1 << 3, /* ModRM's operand is only read */
  G = 1 << 4, /* reg is not changed */
  X = 1 << 7, /* not understood */
};

/* The arithmetic of 0x00 to 0x3f repeats every eight; it is done in code. */
static guint8
get_simple_form (guint8 opcode)
{
  static const struct
  {
    guint8 first, last, form;
  } rows[] = {
    { 0x63, 0x63, M | R },     { 0x68, 0x68, Z },         { 0x69, 0x69, M | R | Z },
    { 0x6a, 0x6a, B },         { 0x6b, 0x6b, M | R | B }, { 0x70, 0x7f, B },
    { 0x80, 0x80, M | B | G }, { 0x81, 0x81, M | Z | G }, { 0x83, 0x83, M | B | G },
    { 0x84, 0x85, M | R | G }, { 0x86, 0x87, M },         { 0x88, 0x89, M | G },
    { 0x8a, 0x8b, M | R },     { 0x8d, 0x8d, M | R },     { 0x8f, 0x8f, M | G },
    { 0x90, 0x99, 0 },         { 0x9b, 0x9b, 0 },         { 0xa4, 0xa7, 0 },
    { 0xa8, 0xa8, B },         { 0xa9, 0xa9, Z },         { 0xaa, 0xaf, 0 },
    { 0xb0, 0xb7, B },         { 0xb8, 0xbf, Z },         { 0xc0, 0xc1, M | B | G },
    { 0xc3, 0xc3, 0 },         { 0xc6, 0xc6, M | B | G }, { 0xc7, 0xc7, M | Z | G },
    { 0xc9, 0xc9, 0 },         { 0xcc, 0xcc, 0 },         { 0xd0, 0xd3, M | G },
    { 0xd8, 0xdf, M | G },     { 0xe8, 0xe9, Z },         { 0xeb, 0xeb, B },
    { 0xf4, 0xf4, 0 },         { 0xf6, 0xf7, M | G },     { 0xf8, 0xf9, 0 },
    { 0xfc, 0xfd, 0 },         { 0xfe, 0xff, M | G },     { 0x50, 0x5f, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (opcode >= rows[i].first && opcode <= rows[i].last)
      return rows[i].form;
  return X;
}

static guint8
get_form (guint8 opcode)
{
  if (opcode >= 0x40)
    return get_simple_form (opcode);
  switch (opcode & 7)
    {
    case 0:
    case 1:
      return opcode >= 0x38 ? M | R | G : M | G;
    case 2:
    case 3:
      return opcode >= 0x38 ? M | R | G : M | R;
    case 4:
      return B;
    case 5:
      return Z;
    default:
      return X;
    }
}

/* Of those behind 0x0f. The registers of SSE have the numbers of others: these count as changed. */
static guint8
get_second_form (guint8 opcode)
{
  static const struct
  {
    guint8 first, last, form;
  } rows[] = {
    { 0x05, 0x05, 0 },     { 0x0b, 0x0b, 0 },         { 0x0d, 0x0d, M | R | G },
    { 0x10, 0x17, M },     { 0x18, 0x1f, M | R | G }, { 0x28, 0x2f, M },
    { 0x31, 0x31, 0 },     { 0x40, 0x4f, M | R },     { 0x50, 0x6f, M },
    { 0x70, 0x73, M | B }, { 0x74, 0x76, M },         { 0x77, 0x77, 0 },
    { 0x7c, 0x7f, M },     { 0x80, 0x8f, Z },         { 0x90, 0x9f, M | G },
    { 0xa2, 0xa2, 0 },     { 0xa3, 0xa3, M | R | G }, { 0xa4, 0xa4, M | B },
    { 0xa5, 0xa5, M },     { 0xab, 0xab, M },         { 0xac, 0xac, M | B },
    { 0xad, 0xad, M },     { 0xae, 0xae, M },         { 0xaf, 0xaf, M | R },
    { 0xb0, 0xb1, M },     { 0xb3, 0xb3, M },         { 0xb6, 0xb8, M | R },
    { 0xba, 0xba, M | B }, { 0xbb, 0xbb, M },         { 0xbc, 0xbf, M | R },
    { 0xc0, 0xc1, M },     { 0xc2, 0xc2, M | B },     { 0xc3, 0xc3, M },
    { 0xc4, 0xc6, M | B }, { 0xc7, 0xc7, M },         { 0xc8, 0xcf, 0 },
    { 0xd0, 0xff, M },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (opcode >= rows[i].first && opcode <= rows[i].last)
      return rows[i].form;
  return X;
}

/* ---- Bytes --------------------------------------------------------------------------------------- */

static guint8
take_byte (Cursor *cursor)
{
  if (cursor->at >= cursor->n)
    {
      cursor->is_cut = TRUE;
      return 0;
    }
  return cursor->bytes[cursor->at++];
}

static gint64
take_number (Cursor *cursor, guint size)
{
  guint64 value = 0;

  for (guint i = 0; i < size; i++)
    value |= (guint64)take_byte (cursor) << 8 * i;
  return (gint64)(value << (64 - 8 * size)) >> (64 - 8 * size);
}

static guint8
take_prefixes (Cursor *cursor)
{
  for (;;)
    {
      guint8 byte = take_byte (cursor);

      switch (byte)
        {
        case 0x66:
          cursor->is_short = TRUE;
          break;
        case 0x64:
        case 0x65:
          cursor->has_segment = TRUE;
          break;
        case 0x2e:
        case 0x36:
        case 0x3e:
        case 0x26:
        case 0xf0:
        case 0xf2:
        case 0xf3:
          break;
        default:
          if ((byte & 0xf0) != 0x40)
            return byte;
          cursor->rex = byte;
          return take_byte (cursor);
        }
      if (cursor->is_cut)
        return 0;
    }
}

static void
take_memory (Cursor *cursor, guint mod, guint rm)
{
  Instruction *into = cursor->into;

  into->has_memory = TRUE;
  into->base = (int)(rm | (cursor->rex & 1) << 3);
  if (rm == 4)
    {
      guint8 sib = take_byte (cursor);
      guint index = (sib >> 3 & 7) | (cursor->rex & 2) << 2;

      rm = sib & 7;
      into->base = (int)(rm | (cursor->rex & 1) << 3);
      into->index = index == 4 ? INSTRUCTION_NO_REGISTER : (int)index;
      if (rm == 5 && mod == 0)
        {
          into->base = INSTRUCTION_NO_REGISTER;
          into->displacement = take_number (cursor, 4);
        }
    }
  else if (rm == 5 && mod == 0)
    {
      into->base = INSTRUCTION_NO_REGISTER;
      into->displacement = take_number (cursor, 4);
    }
  if (mod == 1)
    into->displacement = take_number (cursor, 1);
  else if (mod == 2)
    into->displacement = take_number (cursor, 4);
  /* That of another thread's or of the kernel's memory: nothing here has its address. */
  if (cursor->has_segment)
    into->base = into->index = INSTRUCTION_NO_REGISTER;
}

static void
take_operands (Cursor *cursor)
{
  guint8 modrm = take_byte (cursor);

  cursor->modrm = modrm;
  cursor->into->reg = (modrm >> 3 & 7) | (cursor->rex & 4) << 1;
  if (modrm >> 6 == 3)
    cursor->into->operand = (modrm & 7) | (cursor->rex & 1) << 3;
  else
    take_memory (cursor, modrm >> 6, modrm & 7);
}

static void
take_rest (Cursor *cursor, guint8 form)
{
  if ((form & M) != 0)
    take_operands (cursor);
  if ((form & B) != 0)
    cursor->into->immediate = take_number (cursor, 1);
  if ((form & Z) != 0)
    cursor->into->immediate = take_number (cursor, cursor->is_short ? 2 : 4);
}

/* What its operands become, where nothing better is known. Without a REX prefix the bytes 4 to 7 are parts of the
 * registers 0 to 3. */
static void
set_changes (Cursor *cursor, guint8 form)
{
  Instruction *into = cursor->into;

  if ((form & M) == 0)
    return;
  if ((form & G) == 0)
    into->clobbers |= 1u << into->reg | 1u << (into->reg & 3);
  if ((form & R) == 0)
    {
      into->writes = TRUE;
      if (into->operand != INSTRUCTION_NO_REGISTER)
        into->clobbers |= 1u << into->operand | 1u << (into->operand & 3);
    }
}

/* ---- What they mean ------------------------------------------------------------------------------- */

static guint64
get_target (const Cursor *cursor, guint64 address)
{
  return address + cursor->at + (guint64)cursor->into->immediate;
}

/* It is what it says, and has no other effect. */
static void
set_known (Instruction *into, InstructionOf of)
{
  into->of = of;
  into->clobbers = 0;
  into->writes = FALSE;
}

static void
understand_group (Cursor *cursor, guint8 opcode)
{
  Instruction *into = cursor->into;
  guint which = cursor->modrm >> 3 & 7;

  switch (opcode)
    {
    case 0x80:
    case 0x81:
    case 0x83:
      if (which == 7)
        set_known (into, INSTRUCTION_OTHER);
      else if (opcode != 0x80 && into->is_wide && (which == 0 || which == 5))
        {
          set_known (into, INSTRUCTION_ADD);
          into->immediate = which == 0 ? into->immediate : -into->immediate;
        }
      break;
    case 0xf6:
    case 0xf7:
      if (which < 2)
        {
          into->immediate = take_number (cursor, opcode == 0xf6 ? 1 : cursor->is_short ? 2 : 4);
          set_known (into, INSTRUCTION_OTHER);
        }
      else if (which > 3)
        into->clobbers |= RAX | RDX;
      break;
    default: /* 0xff */
      if (which == 2 || which == 3)
        set_known (into, INSTRUCTION_CALL);
      else if (which == 4 || which == 5)
        set_known (into, INSTRUCTION_END);
      else if (which == 6)
        set_known (into, INSTRUCTION_PUSH_OTHER);
      break;
    }
}

static void
understand_short (Cursor *cursor, guint8 opcode)
{
  Instruction *into = cursor->into;
  int low = (opcode & 7) | (cursor->rex & 1) << 3;

  if (opcode >= 0x50 && opcode <= 0x57)
    {
      into->of = INSTRUCTION_PUSH;
      into->reg = low;
    }
  else if (opcode >= 0x58 && opcode <= 0x5f)
    {
      into->of = INSTRUCTION_POP;
      into->reg = low;
    }
  else if (opcode >= 0x90 && opcode <= 0x97)
    into->clobbers |= low != 0 ? 1u << low | RAX : 0;
  else if (opcode >= 0xb0 && opcode <= 0xbf)
    into->clobbers |= 1u << low | 1u << (low & 3);
  else if (opcode >= 0xa4 && opcode <= 0xaf && opcode != 0xa8 && opcode != 0xa9)
    {
      into->clobbers |= RAX | RCX | RSI | RDI;
      into->clobbers_memory = TRUE;
    }
  /* The arithmetic with rax, but for comparing. */
  else if (opcode < 0x3c)
    into->clobbers |= RAX;
}

static void
understand (Cursor *cursor, guint8 opcode, guint64 address)
{
  Instruction *into = cursor->into;

  switch (opcode)
    {
    case 0x80:
    case 0x81:
    case 0x83:
    case 0xf6:
    case 0xf7:
    case 0xff:
      understand_group (cursor, opcode);
      break;
    case 0x89:
    case 0x8b:
      if (into->is_wide)
        set_known (into, opcode == 0x89 ? INSTRUCTION_STORE : INSTRUCTION_LOAD);
      break;
    case 0x8d:
      if (into->is_wide)
        set_known (into, INSTRUCTION_ADDRESS);
      break;
    case 0x68:
    case 0x6a:
      into->of = INSTRUCTION_PUSH_OTHER;
      break;
    case 0x8f:
      into->of = INSTRUCTION_END;
      break;
    case 0x98:
      into->clobbers |= RAX;
      break;
    case 0x99:
      into->clobbers |= RDX;
      break;
    case 0xc3:
    case 0xcc:
    case 0xf4:
      into->of = INSTRUCTION_END;
      break;
    case 0xc9:
      into->of = INSTRUCTION_LEAVE;
      break;
    case 0xe8:
    case 0xe9:
    case 0xeb:
      into->of = opcode == 0xe8 ? INSTRUCTION_CALL : INSTRUCTION_JUMP;
      into->target = get_target (cursor, address);
      break;
    default:
      if (opcode >= 0x70 && opcode <= 0x7f)
        {
          into->of = INSTRUCTION_BRANCH;
          into->target = get_target (cursor, address);
        }
      else if ((get_form (opcode) & M) == 0)
        understand_short (cursor, opcode);
      break;
    }
}

static void
understand_second (Cursor *cursor, guint8 opcode, guint64 address)
{
  Instruction *into = cursor->into;

  if (opcode >= 0x80 && opcode <= 0x8f)
    {
      into->of = INSTRUCTION_BRANCH;
      into->target = get_target (cursor, address);
    }
  else if (opcode == 0x0b)
    into->of = INSTRUCTION_END;
  else if (opcode == 0x05 || opcode == 0x31 || opcode == 0xa2)
    into->clobbers = RAX | RBX | RCX | RDX | 1u << 11;
  else if (opcode >= 0xc8 && opcode <= 0xcf)
    into->clobbers = 1u << ((opcode & 7) | (cursor->rex & 1) << 3);
  else if (opcode == 0xc7)
    into->clobbers |= RAX | RDX;
  else if (opcode >= 0xb0 && opcode <= 0xb1)
    into->clobbers |= RAX;
}

/* Vector instructions of later machines, by the length of their prefix. Nothing that they do is a pointer's. */
static gboolean
take_vector (Cursor *cursor, guint8 prefix)
{
  guint8 first = take_byte (cursor), map = 1, opcode;

  cursor->rex = (first & 0x80) == 0 ? 4 : 0;
  if (prefix == 0xc4)
    {
      guint8 second = take_byte (cursor);

      map = first & 0x1f;
      cursor->rex |= (guint8)((first & 0x40) == 0 ? 2 : 0) | (guint8)((first & 0x20) == 0 ? 1 : 0);
      /* The third operand, which some write to. */
      cursor->into->clobbers |= 1u << (~second >> 3 & 15);
    }
  opcode = take_byte (cursor);
  if (map < 1 || map > 3)
    return FALSE;
  if (map == 1 && opcode == 0x77)
    return TRUE;
  if (map == 1 && (get_second_form (opcode) & (M | X)) != M)
    return FALSE;
  take_rest (cursor, map == 1 ? get_second_form (opcode) : map == 2 ? M : M | B);
  set_changes (cursor, M);
  return TRUE;
}

static gboolean
take_second (Cursor *cursor, guint64 address)
{
  guint8 opcode = take_byte (cursor), form;

  if (opcode == 0x38 || opcode == 0x3a)
    {
      take_byte (cursor);
      form = opcode == 0x38 ? M : M | B;
      take_rest (cursor, form);
      set_changes (cursor, form);
      return TRUE;
    }
  form = get_second_form (opcode);
  if ((form & X) != 0)
    return FALSE;
  take_rest (cursor, form);
  set_changes (cursor, form);
  understand_second (cursor, opcode, address);
  return TRUE;
}

static gboolean
take_first (Cursor *cursor, guint8 opcode, guint64 address)
{
  guint8 form = get_form (opcode);

  if ((form & X) != 0)
    return FALSE;
  /* The one instruction that has eight bytes of it. */
  if (opcode >= 0xb8 && opcode <= 0xbf && (cursor->rex & 8) != 0)
    cursor->into->immediate = take_number (cursor, 8);
  else
    take_rest (cursor, form);
  set_changes (cursor, form);
  understand (cursor, opcode, address);
  return TRUE;
}

gboolean
instruction_decode (const guint8 *bytes, gsize n, guint64 address, Instruction *ret_instruction)
{
  Cursor cursor = { .bytes = bytes, .n = n, .into = ret_instruction };
  gboolean is_known;
  guint8 opcode;

  memset (ret_instruction, 0, sizeof *ret_instruction);
  ret_instruction->reg = ret_instruction->operand = INSTRUCTION_NO_REGISTER;
  ret_instruction->base = ret_instruction->index = INSTRUCTION_NO_REGISTER;
  opcode = take_prefixes (&cursor);
  ret_instruction->is_wide = (cursor.rex & 8) != 0;
  ret_instruction->size = opcode >= 0xd8 && opcode <= 0xdf   ? 128 /* all of the x87's state */
                          : opcode == 0xc4 || opcode == 0xc5 ? 32
                          : opcode == 0x0f                   ? 16
                          : ret_instruction->is_wide         ? 8
                                                             : 4;
  if (opcode == 0x0f)
    is_known = take_second (&cursor, address);
  else if (opcode == 0xc4 || opcode == 0xc5)
    is_known = take_vector (&cursor, opcode);
  else
    is_known = take_first (&cursor, opcode, address);
  ret_instruction->length = (guint)cursor.at;
  return is_known && !cursor.is_cut;
}
