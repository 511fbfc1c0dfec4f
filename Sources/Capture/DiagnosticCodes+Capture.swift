import Basics

extension DiagnosticCode {
    /// The model's source cannot be imported.
    package static let sourceNotImported = DiagnosticCode("C101")
    /// The source names no module that can be built.
    package static let modelNotBuilt = DiagnosticCode("C102")
    /// `forward` fails on the given inputs.
    package static let forwardFails = DiagnosticCode("C103")
    /// `forward` depends on a tensor's value.
    package static let valueDependence = DiagnosticCode("C104")
    /// A shape depends on data.
    package static let shapeDependence = DiagnosticCode("C105")
    /// A container at the boundary has a type that capture does not know.
    package static let unknownContainer = DiagnosticCode("C106")
    /// `forward` leaves PyTorch for another library.
    package static let foreignCode = DiagnosticCode("C107")
    /// `forward` writes state that the captured program would lose.
    package static let stateWritten = DiagnosticCode("C108")
    /// The captured program computes other values than the model.
    package static let capturedValuesDiffer = DiagnosticCode("C109")
    /// A custom operator has no fake kernel.
    package static let noFakeKernel = DiagnosticCode("C110")
    /// `forward` is random: training mode, or dropout.
    package static let randomForward = DiagnosticCode("C111")
    /// A dynamic dimension became constant.
    package static let dimensionSpecialised = DiagnosticCode("C112")
    /// A pass of the user's failed or changed values.
    package static let passFailed = DiagnosticCode("C113")
    /// The checkpoint does not fit the model.
    package static let checkpointMismatch = DiagnosticCode("C114")
    /// The assumptions of a draft export need consent.
    package static let draftNeedsConsent = DiagnosticCode("C115")
    /// Quantisation failed.
    package static let quantisationFailed = DiagnosticCode("C116")
    /// The model was captured partly.
    package static let capturedPartly = DiagnosticCode("C117")
    /// The inputs in the manifest are wrong.
    package static let wrongManifestInputs = DiagnosticCode("C118")
    /// The capture depends on something that the key cannot see.
    package static let unseenDependence = DiagnosticCode("C119")
    /// `torch.export` refused the program for another reason.
    package static let exportRefused = DiagnosticCode("C120")
    /// There is no Python with PyTorch.
    package static let noPython = DiagnosticCode("C130")
    /// The capture process died.
    package static let captureDied = DiagnosticCode("C131")
    /// The capture took too long.
    package static let captureTimedOut = DiagnosticCode("C132")
    /// The capture failed for no reason that it knows: a fault of ours.
    package static let captureFault = DiagnosticCode("C901")
    /// A file that the capture needs or leaves cannot be read or written.
    package static let captureFile = DiagnosticCode("C902")
}
