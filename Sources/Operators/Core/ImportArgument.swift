import Basics
import TensorIR

/// A tensor of complex numbers: graphs hold it as two tensors of one real type.
package struct ComplexValue: Hashable, Sendable {
    package let real: ValueID
    package let imaginary: ValueID

    package init(real: ValueID, imaginary: ValueID) {
        self.real = real
        self.imaginary = imaginary
    }
}

/// An argument of a captured call with its tensors already bound to values of the graph and its symbolic sizes specialised to integers.
///
/// The import walk makes these from the archive's arguments; the rules below it never see the archive.
package enum ImportArgument: Hashable, Sendable {
    /// An optional argument that is given as absent.
    case none
    case value(ValueID)
    /// A list of tensors; absent members are the skipped dimensions of an index.
    case values([ValueID?])
    case complex(ComplexValue)
    case complexes([ComplexValue])
    case bool(Bool)
    case int(Int)
    case float(Double)
    case string(String)
    case bools([Bool])
    case ints([Int])
    case floats([Double])
    case elementType(ElementType)
    /// Anything that has no meaning for the machine (memory format, layout, device), as text.
    case setting(String)

    /// What a person calls this kind of argument.
    package var kind: String {
        switch self {
        case .none: "none"
        case .value: "a tensor"
        case .values: "a list of tensors"
        case .complex: "a tensor of complex numbers"
        case .complexes: "a list of tensors of complex numbers"
        case .bool: "a boolean"
        case .int: "an integer"
        case .float: "a float"
        case .string: "a text"
        case .bools: "a list of booleans"
        case .ints: "a list of integers"
        case .floats: "a list of floats"
        case .elementType: "an element type"
        case .setting: "a setting"
        }
    }
}
