/**
 * The system calls that a sandboxed command cannot use, as a seccomp filter (classic BPF). They reach what no namespace
 * separates: the keyrings of the session that started the engine, and the sockets of the hypervisor.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { join } from 'node:path';

/** Numbers of system calls, from the kernel's tables. */
interface Machine {
  /** AUDIT_ARCH of linux/audit.h. */
  readonly audit: number;
  readonly addKey: number;
  readonly requestKey: number;
  readonly keyctl: number;
  readonly socket: number;
  /** Of i386 only: all calls on sockets, with arguments in memory that a filter cannot read. */
  readonly socketcall?: number;
}

const x86_64 = 0xc000003e;

/** The same number on every machine. A ring opens sockets without the call `socket`; programs do without one. */
const ioUringSetup = 425;

/** A 64-bit kernel runs programs of its 32-bit machine too. All of these are little-endian. */
const machines: readonly Machine[] = [
  // x86_64, i386, aarch64, arm, riscv64, riscv32
  { audit: x86_64, addKey: 248, requestKey: 249, keyctl: 250, socket: 41 },
  { audit: 0x40000003, addKey: 286, requestKey: 287, keyctl: 288, socket: 359, socketcall: 102 },
  { audit: 0xc00000b7, addKey: 217, requestKey: 218, keyctl: 219, socket: 198 },
  { audit: 0x40000028, addKey: 309, requestKey: 310, keyctl: 311, socket: 281 },
  { audit: 0xc00000f3, addKey: 217, requestKey: 218, keyctl: 219, socket: 198 },
  { audit: 0x400000f3, addKey: 217, requestKey: 218, keyctl: 219, socket: 198 },
];

// Operations and return values of linux/bpf_common.h and linux/seccomp.h.
const loadWord = 0x20;
const jumpIfEqual = 0x15;
const jumpIfAtLeast = 0x35;
const returnValue = 0x06;
const allow = 0x7fff0000;
const failWith = (errno: number): number => 0x00050000 + errno;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

// Positions in struct seccomp_data.
const numberAt = 0;
const machineAt = 4;
const firstArgumentAt = 16;

const AF_VSOCK = 40;
/** Numbers from here on are calls of the x32 machine, which repeats all calls of x86_64. */
const x32 = 0x40000000;
/** No call has this number. */
const noCall = 0xffffffff;

type Instruction = readonly [operation: number, ifTrue: number, ifFalse: number, value: number];

/** A program: for each machine a block of fourteen instructions, which is skipped on another. */
const instructions: readonly Instruction[] = [
  [loadWord, 0, 0, machineAt],
  ...machines.flatMap(({ audit, addKey, requestKey, keyctl, socket, socketcall }): readonly Instruction[] => [
    [jumpIfEqual, 0, 13, audit],
    [loadWord, 0, 0, numberAt],
    [jumpIfAtLeast, 8, 0, audit === x86_64 ? x32 : noCall],
    [jumpIfEqual, 7, 0, addKey],
    [jumpIfEqual, 6, 0, requestKey],
    [jumpIfEqual, 5, 0, keyctl],
    [jumpIfEqual, 4, 0, ioUringSetup],
    [jumpIfEqual, 3, 0, socketcall ?? noCall],
    [jumpIfEqual, 0, 3, socket],
    [loadWord, 0, 0, firstArgumentAt],
    [jumpIfEqual, 2, 1, AF_VSOCK],
    [returnValue, 0, 0, failWith(ENOSYS)],
    [returnValue, 0, 0, allow],
    [returnValue, 0, 0, failWith(EAFNOSUPPORT)],
  ]),
  [returnValue, 0, 0, allow],
];

/** The filter as bubblewrap reads it: an array of struct sock_filter. On an unknown machine it allows everything. */
const systemCallFilter = (): Uint8Array => {
  const view = new DataView(new ArrayBuffer(instructions.length * 8));
  const isLittle = endianness() === 'LE';
  for (const [at, [operation, ifTrue, ifFalse, value]] of instructions.entries()) {
    view.setUint16(at * 8, operation, isLittle);
    view.setUint8(at * 8 + 2, ifTrue);
    view.setUint8(at * 8 + 3, ifFalse);
    view.setUint32(at * 8 + 4, value, isLittle);
  }
  return new Uint8Array(view.buffer);
};

/** Writes the filter into a directory, where `runner.sh` opens it for each command. @returns the file */
export const writeSystemCallFilter = (directory: string): string => {
  const file = join(directory, 'filter');
  const filter = systemCallFilter();
  // An engine has to start on a full disk too.
  if (existsSync(file) && readFileSync(file).equals(filter)) return file;
  // A runner of an earlier engine may be reading it.
  writeFileSync(`${file}.new`, filter, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return file;
};
