import Basics
import Operators
import PT2
import TensorIR

/// Makes a graph of a captured program: arguments bound by name, sizes fixed to those of the capture, writes turned into new values, wrappers
/// inlined, housekeeping dropped, types compared with the archive's own, constants folded, dead code removed.
///
/// A pure function of the program and the operators. All failures of a program are reported at once.
package enum ImportProgram {
    /// - Parameter sourceRoot: source files below this folder are named relative to it.
    /// - Throws: the list of everything that keeps the program from being compiled: unsupported operators (I020), types that contradict the archive
    ///   (I021), refused arguments (I022), shapes over the limits (I023), training graphs (I026). All are the program's.
    package static func apply(
        to program: Program, operators: OperatorRegistry, sourceRoot: String? = nil
    ) throws(DiagnosticList) -> ImportedProgram {
        var walk = ImportWalk(program, operators, sourceRoot: sourceRoot)
        var imported = try walk.run(program)
        // Dead code first, so that nothing is folded in vain.
        imported.source = imported.source.keeping(DropDeadCode.apply(to: &imported.graph))
        imported.source = imported.source.keeping(FoldConstants.apply(to: &imported.graph, operators: operators))
        OrderInputs.apply(to: &imported.graph)
        imported.source = imported.source.keeping(DropDeadCode.apply(to: &imported.graph))
        return imported
    }
}
