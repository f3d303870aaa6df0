"""Attributes that are the same in all instances of an entity, module by module (PS3.3 A.1.2).

The rows are those that dcentvfy compares, and a few more: see entities.py.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from pydicom.datadict import tag_for_keyword

_STORAGE = "1.2.840.10008.5.1.4.1.1."


class Module(NamedTuple):
    """Attributes of an entity that are the same in all its instances (PS3.3 A.1.2)."""

    entity: str
    within: str
    """the entity whose files are compared: those of a series have one equipment and one frame of reference (A.1.2.3)"""
    paragraph: str
    keywords: str
    classes: str = ""
    """ends of the UIDs of the SOP classes that have it; any, if there are none"""

    def belongs(self, sop_class: str) -> bool:
        """Whether instances of a SOP class have the module."""
        return not self.classes or sop_class.removeprefix(_STORAGE) in self.classes.split()


MODULES: Final = (
    Module("Patient", "Patient", "C.7.1.1", "PatientName IssuerOfPatientID TypeOfPatientID PatientBirthDate PatientBirthTime PatientBirthDateInAlternativeCalendar PatientDeathDateInAlternativeCalendar PatientAlternativeCalendar PatientSex QualityControlSubject StrainDescription StrainNomenclature StrainAdditionalInformation OtherPatientNames EthnicGroup PatientSpeciesDescription PatientBreedDescription ResponsiblePerson ResponsiblePersonRole ResponsibleOrganization PatientComments PatientIdentityRemoved DeidentificationMethod IssuerOfPatientIDQualifiersSequence OtherPatientIDsSequence ReferencedPatientSequence PatientSpeciesCodeSequence PatientBreedCodeSequence"),
    Module("Patient", "Patient", "C.7.1.3", "ClinicalTrialSponsorName ClinicalTrialProtocolID ClinicalTrialProtocolName IssuerOfClinicalTrialProtocolID ClinicalTrialSiteID ClinicalTrialSiteName IssuerOfClinicalTrialSiteID ClinicalTrialSubjectID IssuerOfClinicalTrialSubjectID ClinicalTrialSubjectReadingID IssuerOfClinicalTrialSubjectReadingID ClinicalTrialProtocolEthicsCommitteeName ClinicalTrialProtocolEthicsCommitteeApprovalNumber"),
    Module("Study", "Study", "C.7.2.1", "StudyDate StudyTime AccessionNumber ReferringPhysicianName ConsultingPhysicianName StudyDescription PhysiciansOfRecord NameOfPhysiciansReadingStudy StudyID RequestingService ReferringPhysicianIdentificationSequence ProcedureCodeSequence RequestingServiceCodeSequence ReasonForPerformedProcedureCodeSequence"),
    Module("Study", "Study", "C.7.2.2", "AdmittingDiagnosesDescription PatientAge PatientSize PatientBodyMassIndex MeasuredAPDimension MeasuredLateralDimension PatientWeight MedicalAlerts Allergies Occupation SmokingStatus AdditionalPatientHistory PregnancyStatus LastMenstrualDate PatientSexNeutered ReasonForVisit AdmissionID ServiceEpisodeID ServiceEpisodeDescription PatientState AdmittingDiagnosesCodeSequence PatientSizeCodeSequence"),
    Module("Study", "Study", "C.7.2.3", "ClinicalTrialTimePointID ClinicalTrialTimePointDescription LongitudinalTemporalOffsetFromEvent LongitudinalTemporalEventType IssuerOfClinicalTrialTimePointID"),
    Module("Series", "Series", "C.7.3.1", "SeriesDate SeriesTime Modality SeriesDescription PerformingPhysicianName OperatorsName AnatomicalOrientationType BodyPartExamined ProtocolName PatientPosition SeriesNumber Laterality SmallestPixelValueInSeries LargestPixelValueInSeries PerformedProcedureStepStartDate PerformedProcedureStepStartTime PerformedProcedureStepEndDate PerformedProcedureStepEndTime PerformedProcedureStepID PerformedProcedureStepDescription CommentsOnThePerformedProcedureStep SeriesDescriptionCodeSequence OperatorIdentificationSequence ReferencedPerformedProcedureStepSequence PerformedProtocolCodeSequence RequestAttributesSequence"),
    Module("Series", "Series", "C.7.3.2", "ClinicalTrialCoordinatingCenterName ClinicalTrialSeriesID ClinicalTrialSeriesDescription IssuerOfClinicalTrialSeriesID"),
    Module("Equipment", "Series", "C.7.5.1", "Manufacturer InstitutionName InstitutionAddress StationName InstitutionalDepartmentName ManufacturerModelName DeviceSerialNumber DeviceUID GantryID ManufacturerDeviceClassUID SoftwareVersions SpatialResolution DateOfLastCalibration TimeOfLastCalibration DateOfManufacture DateOfInstallation PixelPaddingValue"),
    Module("Equipment", "Series", "C.8.12.10", "CameraOwnerName LensSpecification LensMake LensModel LensSerialNumber"),
    Module("Equipment", "Series", "C.8.6.1", "ConversionType SecondaryCaptureDeviceID SecondaryCaptureDeviceManufacturer SecondaryCaptureDeviceManufacturerModelName SecondaryCaptureDeviceSoftwareVersions VideoImageFormatAcquired DigitalImageFormatAcquired"),
    Module("FrameOfReference", "Series", "C.7.4.1", "FrameOfReferenceUID PositionReferenceIndicator"),
    Module("FrameOfReference", "FrameOfReference", "C.7.4.1", "PositionReferenceIndicator"),
    Module("FrameOfReference", "Series", "C.7.4.2", "TriggerSourceOrType SynchronizationTrigger SynchronizationChannel AcquisitionTimeSynchronized TimeSource TimeDistributionProtocol NTPSourceAddress SynchronizationFrameOfReferenceUID"),
    Module("Series", "Series", "C.8.1.1", "FilterType CollimatorGridName FocalSpots PlateType PhosphorType ViewPosition", "1"),
    Module("Series", "Series", "C.8.4.6", "PatientOrientationCodeSequence PatientGantryRelationshipCodeSequence", "20 128"),
    Module("Series", "Series", "C.8.9.1", "AcquisitionTerminationCondition AcquisitionStartCondition AcquisitionStartConditionData AcquisitionTerminationConditionData ReconstructionDiameter GantryDetectorTilt GantryDetectorSlew FieldOfViewShape FieldOfViewDimensions CollimatorGridName CollimatorType ConvolutionKernel CorrectedImage EnergyWindowRangeSequence NumberOfRRIntervals NumberOfTimeSlots NumberOfSlices NumberOfTimeSlices TypeOfDetectorMotion ScanProgressionDirection SeriesType Units CountsSource ReprojectionMethod SUVType RandomsCorrectionMethod AttenuationCorrectionMethod DecayCorrection ReconstructionMethod DetectorLinesOfResponseUsed ScatterCorrectionMethod AxialAcceptance AxialMash TransverseMash DetectorElementSize CoincidenceWindowWidth SecondaryCountsType", "128"),
    Module("Series", "Series", "C.8.9.2", "InterventionDrugInformationSequence RadiopharmaceuticalInformationSequence", "128"),
    Module("Series", "Series", "C.8.11.1", "PresentationIntentType", "1.1 1.1.1 1.2 1.2.1 1.3 1.3.1 13.1.4 13.1.5"),
    Module("Series", "Series", "C.8.24.1", "PerformedProtocolType", "6.2"),
    Module("Series", "Series", "C.8.27.1", "PresentationIntentType", "14.1 14.2"),
)  # fmt: skip

MAY_LACK: Final = frozenset({"Equipment", "FrameOfReference"})
"""entities of which an attribute that only one file has is not worth a word; dcentvfy has it so"""

ROWS: Final = tuple((module, tag_for_keyword(word) or 0) for module in MODULES for word in module.keywords.split())
