/// What each diagnostic means: the sentences of the modules' lists of codes, gathered by a test (`REGLAZE_BLESS=1` renews this file).
package enum DiagnosticMeanings {
    /// All codes, sorted.
    package static let codes: [String] = lines.map { String($0.prefix(4)) }

    /// Nil for a code that there is not.
    package static func meaning(of code: String) -> String? {
        lines.first { $0.hasPrefix(code + " ") }.map { String($0.dropFirst(5)) }
    }

    private static var lines: [Substring] { text.split(separator: "\n") }

    private static let text = """
        C101 The model's source cannot be imported.
        C102 The source names no module that can be built.
        C103 `forward` fails on the given inputs.
        C104 `forward` depends on a tensor's value.
        C105 A shape depends on data.
        C106 A container at the boundary has a type that capture does not know.
        C107 `forward` leaves PyTorch for another library.
        C108 `forward` writes state that the captured program would lose.
        C109 The captured program computes other values than the model.
        C110 A custom operator has no fake kernel.
        C111 `forward` is random: training mode, or dropout.
        C112 A dynamic dimension became constant.
        C113 A pass of the user's failed or changed values.
        C114 The checkpoint does not fit the model.
        C115 The assumptions of a draft export need consent.
        C116 Quantisation failed.
        C117 The model was captured partly.
        C118 The inputs in the manifest are wrong.
        C119 The capture depends on something that the key cannot see.
        C120 `torch.export` refused the program for another reason.
        C130 There is no Python with PyTorch.
        C131 The capture process died.
        C132 The capture took too long.
        C901 The capture failed for no reason that it knows: a fault of ours.
        C902 A file that the capture needs or leaves cannot be read or written.
        I001 The file is not a `.pt2` archive at all: wrong magic, an empty file, a Git LFS pointer.
        I002 The archive ends before its directory: an interrupted copy or download.
        I003 The archive's directory contradicts itself or the file: overlaps, names with tricks, sizes beyond the end.
        I004 A member is compressed or encrypted; members are mapped in place, so they must be stored.
        I005 A member's bytes do not have the checksum that the directory states.
        I007 The archive's format, version or byte order is not one that is read, or it holds no program.
        I008 A member that the program needs is not in the archive.
        I009 A JSON member is not well-formed: cut, nested too deeply, a number out of range.
        I010 The JSON is well-formed, but not a program: a missing field, an unknown kind of argument, an undefined name.
        I011 The program's schema has another major version than the one that is read.
        I012 A tensor has an element type or a memory layout that is unknown or not supported.
        I013 A symbolic size cannot be read or has no value.
        I014 A tensor's sizes, strides and offset reach outside its storage.
        I015 A tensor or object that the program uses is a Python pickle, which is never opened.
        I016 The program's schema is newer than the newest one tested; it is read all the same.
        I017 The program names a weight that the archive's tables do not list.
        I018 A safetensors file is not well-formed.
        I019 The file cannot be opened or mapped.
        I020 The program calls operators that no import rule takes.
        I021 The type that an operator's rule gives is not the one that the archive states.
        I022 An operator is supported, but not with these arguments.
        I023 A tensor has more dimensions or elements than any target could hold.
        I024 A size that the program leaves open was fixed to the one that it had at capture.
        I025 The program writes into a tensor of its caller, which is not written back.
        I026 The program is a training graph.
        I027 A weight has no content, in the archive or in the checkpoint.
        I028 A weight's content has another element type or shape than the program states, or a checkpoint lacks weights or has others.
        I030 A pickle holds an object, a class or a function other than plain tensors and containers. Nothing in it is ever called.
        I031 A pickle is cut, damaged, or holds something else than was looked for.
        K001 A float kernel for a machine that computes integers only. The user's: choose another precision or target.
        K002 An element type that no unit of the machine computes with.
        K003 A geometry for which the machine has no form.
        K004 Not even the smallest tiles fit the target's memories.
        K010 The target's array does not multiply elements of this type.
        K020 A float program for a machine that computes in integers only.
        K901 Machine code that breaks the rules of the instruction set.
        K902 A kernel request that contradicts itself: a fault of ours.
        K903 A program that breaks the machine's rules while it is simulated: a fault of ours.
        K904 A kernel that the simulator does not accept: a fault of ours.
        M001 A kernel's own workspace is larger than the target's on-chip memory.
        M002 Inputs, outputs and activations do not fit the DRAM.
        M003 A program that cannot be linked, or a constant that cannot be packed: a fault of ours.
        M901 A program image that cannot be read.
        N001 Simulated outputs differ from the reference by more than the tolerance.
        N002 Inputs or references do not have the program's names, types or shapes.
        N003 A file of inputs cannot be read.
        N010 Inputs that do not fit the program.
        N011 Values that the machine's arithmetic cannot hold.
        N012 A model of a suite was captured before and is not now.
        N013 Values for which a step has no result: an index outside its tensor.
        P021 An operator without a form on the machine runs on the host.
        P901 A graph that contradicts its operators: a fault of ours.
        P902 A build under `watch` that ended in neither a result nor diagnostics: a fault of ours.
        S001 The store can be read and not written: nothing new is kept.
        S002 The disk is full: nothing more is kept in this run.
        S003 A write to the store failed.
        S004 The store was damaged, or of another version, and has been made anew, empty.
        S005 A record was damaged, and what it held is computed again.
        S006 A blob was damaged, and what it held is computed again.
        S007 The store, or a file of it, cannot be read: what it holds is computed.
        S008 Another process keeps the store's lock: a build goes on without it.
        S010 The store lies on a network file system, where it could be corrupted.
        S011 The store is open already in this process.
        S012 The store cannot be used where it is.
        S020 The store cannot be opened where it should be.
        S030 `--frozen` needs a result that the store does not have.
        S031 A result came out different when it was computed again.
        S032 A bundle with damaged entries.
        W001 No `reglaze.toml` in the working directory or above it.
        W002 The manifest is not TOML.
        W003 The manifest has a key that means nothing.
        W004 A manifest value has another type or range than its key wants.
        W005 A name that no model of the manifest has.
        W006 A name that no built-in or user target has, or no target at all where one is needed.
        W007 A model without a program to compile.
        W008 A file that a command was given cannot be read or written.
        W009 A model's reference values are needed and not named anywhere.
        W010 A command line that parses but makes no sense.
        W011 A precision that no program can be compiled for, or that the program was not made for.
        W012 The image cannot be written.
        W013 A file changes whenever it is read.
        W014 A command's result cannot be written to stdout.
        W015 The process cannot find out what it was asked to do: there is no `/proc`.
        W016 The process may open too few files to work at all.
        W020 A file that is to be imported into the store, and is no bundle.
        W040 A target description that cannot be.
        """
}
