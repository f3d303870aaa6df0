"""The frozen vocabulary: what the steps of the pipeline hand to each other.

Every class is immutable and picklable. Names are DICOM's own terms where DICOM has one.

source.py   a picture, described
request.py  what the user and the site asked for
plan.py     every decision
result.py   what carrying it out gives
"""

from __future__ import annotations

from dicomize.model.plan import (
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    NATIVE,
    Attribute,
    FramePlan,
    ImagePixel,
    Plan,
    Step,
    StepKind,
    Value,
)
from dicomize.model.request import (
    CommandLine,
    ConfiguredBackend,
    ConversionRequest,
    Geometry,
    ImportedAttributes,
    Rectangle,
    Redaction,
    SiteProfile,
    UIDMode,
)
from dicomize.model.result import (
    Change,
    CheckReport,
    Choice,
    Conversion,
    EncodedInstance,
    Finding,
    FoundText,
    Invocation,
    Loss,
    Piece,
    PreparedImage,
    Severity,
    Span,
    ToolReport,
)
from dicomize.model.source import (
    Alpha,
    CodestreamFacts,
    ColorModel,
    ExifFacts,
    JpegFacts,
    LossyStep,
    Residue,
    SourceImage,
)

__all__ = [
    "DEFLATED",
    "EXPLICIT",
    "IMPLICIT",
    "NATIVE",
    "Alpha",
    "Attribute",
    "Change",
    "CheckReport",
    "Choice",
    "CodestreamFacts",
    "ColorModel",
    "CommandLine",
    "ConfiguredBackend",
    "Conversion",
    "ConversionRequest",
    "EncodedInstance",
    "ExifFacts",
    "Finding",
    "FoundText",
    "FramePlan",
    "Geometry",
    "ImagePixel",
    "ImportedAttributes",
    "Invocation",
    "JpegFacts",
    "Loss",
    "LossyStep",
    "Piece",
    "Plan",
    "PreparedImage",
    "Rectangle",
    "Redaction",
    "Residue",
    "Severity",
    "SiteProfile",
    "SourceImage",
    "Span",
    "Step",
    "StepKind",
    "ToolReport",
    "UIDMode",
    "Value",
]
