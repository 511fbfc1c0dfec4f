import Basics

extension DiagnosticCode {
    /// No `reglaze.toml` in the working directory or above it.
    package static let noWorkspace = DiagnosticCode("W001")
    /// The manifest is not TOML.
    package static let manifestSyntax = DiagnosticCode("W002")
    /// The manifest has a key that means nothing.
    package static let unknownManifestKey = DiagnosticCode("W003")
    /// A manifest value has another type or range than its key wants.
    package static let manifestValue = DiagnosticCode("W004")
    /// A name that no model of the manifest has.
    package static let unknownModel = DiagnosticCode("W005")
    /// A name that no built-in or user target has, or no target at all where one is needed.
    package static let unknownTarget = DiagnosticCode("W006")
    /// A model without a program to compile.
    package static let noProgram = DiagnosticCode("W007")
    /// A file that a command was given cannot be read or written.
    package static let unreadableFile = DiagnosticCode("W008")
    /// A model's reference values are needed and not named anywhere.
    package static let noReference = DiagnosticCode("W009")
    /// A command line that parses but makes no sense.
    package static let usage = DiagnosticCode("W010")
    /// A precision that no program can be compiled for, or that the program was not made for.
    package static let precision = DiagnosticCode("W011")
    /// A file changes whenever it is read.
    package static let restlessInput = DiagnosticCode("W013")
    /// A command's result cannot be written to stdout.
    package static let unwritableResult = DiagnosticCode("W014")
    /// The process cannot find out what it was asked to do: there is no `/proc`.
    package static let noArguments = DiagnosticCode("W015")
    /// The process may open too few files to work at all.
    package static let tooFewFiles = DiagnosticCode("W016")
    /// The store cannot be opened where it should be.
    package static let storeUnusable = DiagnosticCode("S020")
    /// A build under `watch` that ended in neither a result nor diagnostics: a fault of ours.
    package static let watchedBuild = DiagnosticCode("P902")
    /// `--frozen` needs a result that the store does not have.
    package static let notStored = DiagnosticCode("S030")
    /// A result came out different when it was computed again.
    package static let resultsDiffer = DiagnosticCode("S031")
    /// A file that is to be imported into the store, and is no bundle.
    package static let noBundle = DiagnosticCode("W020")
    /// A bundle with damaged entries.
    package static let damagedBundle = DiagnosticCode("S032")
    /// A kernel that the simulator does not accept: a fault of ours.
    package static let malformedKernel = DiagnosticCode("K904")
    /// A graph that contradicts its operators: a fault of ours.
    package static let inconsistentGraph = DiagnosticCode("P901")
    /// An operator without a form on the machine runs on the host.
    package static let hostOperator = DiagnosticCode("P021")
    /// A float program for a machine that computes in integers only.
    package static let floatOnIntegerTarget = DiagnosticCode("K020")
    /// The image cannot be written.
    package static let unwritableImage = DiagnosticCode("W012")
    /// A model of a suite was captured before and is not now.
    package static let captureRegression = DiagnosticCode("N012")
    /// Simulated outputs differ from the reference by more than the tolerance.
    package static let numbersDiffer = DiagnosticCode("N001")
    /// A file of inputs cannot be read.
    package static let unreadableInput = DiagnosticCode("N003")
    /// Inputs or references do not have the program's names, types or shapes.
    package static let wrongInputs = DiagnosticCode("N002")
}
