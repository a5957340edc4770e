; The installers of Carebridge: for one user (default), and for the machine with -DALLUSERS=1.
; Source: Desktop packaging 3.  What is installed, and every define used here, is in product.nsh,
; which installer/windows/nsis.py writes.
; Exit codes are documented in docs/installing.md.

Unicode true
Target amd64-unicode
!ifdef QUICK  ; for tests: larger, and made faster
  SetCompressor zlib
!else
  SetCompressor /SOLID lzma
  SetCompressorDictSize 32
!endif
SetDateSave off
SetDatablockOptimize off  ; looking for equal files among thousands takes minutes
CRCCheck force
ManifestDPIAware true
ManifestLongPathAware true
ManifestSupportedOS Win10

!include MUI2.nsh
!include LogicLib.nsh
!include FileFunc.nsh
!include WinVer.nsh
!include product.nsh

!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Carebridge"
!define RUN_KEY "Software\Microsoft\Windows\CurrentVersion\Run"
!define APPROVED_KEY "Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
!define SCHEME_KEY "Software\Classes\carebridge"
!define PROFILES_KEY "Software\Microsoft\Windows NT\CurrentVersion\ProfileList"  ; only read
!define PROGRAM "$INSTDIR\Carebridge.exe"
!define CONSOLE "$INSTDIR\Carebridge-console.exe"
!define OLD "$INSTDIR\_old"

!define EXIT_FAILED 2
!define EXIT_BUSY 3
!define EXIT_OLD_WINDOWS 4
!define EXIT_STILL_RUNNING 5
!define EXIT_OTHER_VARIANT 6
!define EXIT_DOES_NOT_WORK 7

!define POLL_MS 250
!define KILL_AFTER_MS 5000
!define GIVE_UP_AFTER_MS 15000
!define CHECK_MS 600000

Name "${DISPLAY_NAME}"
OutFile "${OUTPUT}"
Icon "${ICON}"
UninstallIcon "${ICON}"
BrandingText "${DISPLAY_NAME} ${VERSION}"
!ifdef ALLUSERS
  RequestExecutionLevel admin
  InstallDir "$PROGRAMFILES64\Carebridge"
  InstallDirRegKey HKLM "${UNINSTALL_KEY}" InstallLocation
  !define CONTEXT all
  !define SCOPE machine
!else
  RequestExecutionLevel user
  InstallDir "$LOCALAPPDATA\Programs\Carebridge"
  InstallDirRegKey HKCU "${UNINSTALL_KEY}" InstallLocation
  !define CONTEXT current
  !define SCOPE user
!endif

!finalize '${SIGN} "%1"' = 0
!uninstfinalize '${SIGN} "%1"' = 0

VIProductVersion "${NUMBERS}"
VIFileVersion "${NUMBERS}"
VIAddVersionKey /LANG=0 "CompanyName" "${PUBLISHER}"
VIAddVersionKey /LANG=0 "FileDescription" "${DISPLAY_NAME} Setup"
VIAddVersionKey /LANG=0 "FileVersion" "${VERSION}"
VIAddVersionKey /LANG=0 "LegalCopyright" "Apache License 2.0"
VIAddVersionKey /LANG=0 "ProductName" "${DISPLAY_NAME}"
VIAddVersionKey /LANG=0 "ProductVersion" "${VERSION}"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!include texts.nsh

Var Autostart   ; what /AUTOSTART said: "" or a number
Var Launch      ; the same of /LAUNCH
Var HadRun      ; "1": the Run value was there before
Var IsUpgrade   ; "1": a version was there before
Var WasRunning  ; "1": the daemon was running
Var HasBegun    ; "1": files were changed
Var Waited      ; milliseconds
Var Piece

!macro EndWith Code Text
  SetErrorLevel ${Code}
  MessageBox MB_OK|MB_ICONSTOP "${Text}" /SD IDOK
  Quit
!macroend

; -- stopping the daemon -------------------------------------------------------------------------

; Sets $0 to 1 when no program file is in use: a running program cannot be opened for writing.
!macro StoppingFunctions un
Function ${un}IsFree
  StrCpy $0 1
  ClearErrors
  ${If} ${FileExists} "${PROGRAM}"
    FileOpen $1 "${PROGRAM}" a
    ${If} ${Errors}
      StrCpy $0 0
    ${Else}
      FileClose $1
    ${EndIf}
  ${EndIf}
  ClearErrors
  ${If} ${FileExists} "${CONSOLE}"
    FileOpen $1 "${CONSOLE}" a
    ${If} ${Errors}
      StrCpy $0 0
    ${Else}
      FileClose $1
    ${EndIf}
  ${EndIf}
  ClearErrors
FunctionEnd

; Asks the daemon to end, ends it by force after 5 s, gives up after 15 s.
Function ${un}StopDaemon
  StrCpy $WasRunning 0
  StrCpy $Waited 0
  Call ${un}IsFree
  ${If} $0 == 1
    Return
  ${EndIf}
  StrCpy $WasRunning 1
  Exec '"${PROGRAM}" --quit'
  ${Do}
    Sleep ${POLL_MS}
    IntOp $Waited $Waited + ${POLL_MS}
    Call ${un}IsFree
    ${If} $0 == 1
      Return
    ${EndIf}
    ${If} $Waited == ${KILL_AFTER_MS}
      nsExec::Exec '"$SYSDIR\taskkill.exe" /F /IM Carebridge.exe'
      Pop $1
      nsExec::Exec '"$SYSDIR\taskkill.exe" /F /IM Carebridge-console.exe'
      Pop $1
    ${EndIf}
  ${LoopUntil} $Waited >= ${GIVE_UP_AFTER_MS}
  !insertmacro EndWith ${EXIT_STILL_RUNNING} "$(STILL_RUNNING)"
FunctionEnd
!macroend
!insertmacro StoppingFunctions ""
!insertmacro StoppingFunctions "un."

; -- removing program files -----------------------------------------------------------------------

; What just ran, and what a virus scanner looks at, is held for a moment.
!macro RemovingFunctions un
; Removes a piece.
Function ${un}DropOne
  StrCpy $1 0
  ${Do}
    RMDir /r "$INSTDIR\$Piece"
    Delete "$INSTDIR\$Piece"
    ${IfNot} ${FileExists} "$INSTDIR\$Piece"
      Return
    ${EndIf}
    IntOp $1 $1 + 1
    Sleep 500
  ${LoopUntil} $1 > 10
FunctionEnd

; Removes the program folder when it is empty.
Function ${un}DropFolder
  StrCpy $1 0
  ${Do}
    RMDir "$INSTDIR"
    ${IfNot} ${FileExists} "$INSTDIR"
      Return
    ${EndIf}
    IntOp $1 $1 + 1
    Sleep 500
  ${LoopUntil} $1 > 3
FunctionEnd
!macroend
!insertmacro RemovingFunctions ""
!insertmacro RemovingFunctions "un."

; -- changing program files, and back ------------------------------------------------------------

; While there is "moving" alone, a piece in its place is of before unless another one is aside;
; while there is "moved" too, every piece in its place is new.  Whatever happens, the next run of an
; installer finds its way back.

Function MoveAsideOne
  StrCpy $1 0
  ${DoWhile} ${FileExists} "$INSTDIR\$Piece"
    ClearErrors
    Rename "$INSTDIR\$Piece" "${OLD}\$Piece"
    ${IfNot} ${Errors}
      Return
    ${EndIf}
    IntOp $1 $1 + 1
    ${If} $1 > 10  ; a virus scanner looks at files for a moment
      StrCpy $0 0
      Return
    ${EndIf}
    Sleep 500
  ${Loop}
FunctionEnd

Function MoveBackOne
  ${If} ${FileExists} "${OLD}\$Piece"
    Call DropOne
    ClearErrors
    Rename "${OLD}\$Piece" "$INSTDIR\$Piece"
    ${If} ${Errors}
      StrCpy $0 0
    ${EndIf}
  ${EndIf}
FunctionEnd

!macro MoveAside Name
  StrCpy $Piece "${Name}"
  ${If} $0 == 1
    Call MoveAsideOne
  ${EndIf}
!macroend

!macro MoveBack Name
  StrCpy $Piece "${Name}"
  Call MoveBackOne
!macroend

!macro DropNew Name
  StrCpy $Piece "${Name}"
  Call DropOne
!macroend

!macro RemovePiece Name
  StrCpy $Piece "${Name}"
  Call un.DropOne
!macroend

; Brings back what an installation that did not end well left aside.
; Sets $0 to 0 when a piece cannot be moved back: it stays aside, for the next run.
Function RollBack
  StrCpy $0 1
  ${If} ${FileExists} "${OLD}\moving"
    SetOutPath "$TEMP"
    ${If} ${FileExists} "${OLD}\moved"
      !insertmacro EachPiece DropNew
      Delete "${OLD}\moved"  ; before the first piece is back: it would be taken for a new one
    ${EndIf}
    !insertmacro EachPiece MoveBack
    ${If} $0 == 1
      Delete "${OLD}\moving"
      RMDir /r "${OLD}"
    ${EndIf}
    Call DropFolder
  ${EndIf}
FunctionEnd

Function DropOld
  Delete "${OLD}\moving"
  RMDir /r "${OLD}"
FunctionEnd

Function Mark
  Exch $0
  FileOpen $1 "${OLD}\$0" w
  FileClose $1
  Pop $0
FunctionEnd

Function MoveAsideAll
  RMDir /r "${OLD}"
  CreateDirectory "${OLD}"
  Push moving
  Call Mark
  StrCpy $0 1
  !insertmacro EachPiece MoveAside
  ${If} $0 == 1
    Push moved
    Call Mark
  ${EndIf}
FunctionEnd

; Undoes everything, starts the daemon that was there, and ends.
!macro Undo Code Text
  Call RollBack
  ${If} $WasRunning == 1
    Call StartAgain
  ${EndIf}
  !insertmacro EndWith ${Code} "${Text}"
!macroend

Function StartAgain
  !ifndef ALLUSERS
    ${If} $Launch != 0
    ${AndIf} ${FileExists} "${PROGRAM}"
      Exec '"${PROGRAM}" --autostart'
    ${EndIf}
  !endif
FunctionEnd

; -- the other variant ---------------------------------------------------------------------------

; Sets $0 to where the other variant is, or to nothing.
Function FindOther
  StrCpy $0 ""
  !ifdef ALLUSERS
    StrCpy $1 0
    ${Do}
      EnumRegKey $2 HKU "" $1
      ${If} $2 == ""
        ${ExitDo}
      ${EndIf}
      ReadRegStr $0 HKU "$2\${UNINSTALL_KEY}" InstallLocation
      ${If} $0 != ""
        Return
      ${EndIf}
      IntOp $1 $1 + 1
    ${Loop}
    ; people who are not signed in have no hive
    ReadRegStr $3 HKLM "${PROFILES_KEY}" ProfilesDirectory
    ExpandEnvStrings $3 $3
    ${If} $3 == ""
      ${GetParent} "$PROFILE" $3
    ${EndIf}
    FindFirst $1 $2 "$3\*"
    ${DoWhile} $2 != ""
      ${If} ${FileExists} "$3\$2\AppData\Local\Programs\Carebridge\Carebridge.exe"
        StrCpy $0 "$3\$2\AppData\Local\Programs\Carebridge"
        ${ExitDo}
      ${EndIf}
      FindNext $1 $2
    ${Loop}
    FindClose $1
  !else
    ReadRegStr $0 HKLM "${UNINSTALL_KEY}" InstallLocation
  !endif
  ClearErrors
FunctionEnd

; -- installation --------------------------------------------------------------------------------

Function .onInit
  SetShellVarContext ${CONTEXT}
  SetRegView 64
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/AUTOSTART=" $Autostart
  ${GetOptions} $0 "/LAUNCH=" $Launch
  ClearErrors
  ${IfNot} ${AtLeastWin10}
    !insertmacro EndWith ${EXIT_OLD_WINDOWS} "$(OLD_WINDOWS)"
  ${EndIf}
  System::Call 'kernel32::CreateMutexW(p 0, i 1, w "Local\CarebridgeSetup") p .r1 ?e'
  Pop $0
  ${If} $0 = 183  ; ERROR_ALREADY_EXISTS
    !insertmacro EndWith ${EXIT_BUSY} "$(BUSY)"
  ${EndIf}
  Call FindOther
  ${If} $0 != ""
    !insertmacro EndWith ${EXIT_OTHER_VARIANT} "$(OTHER_VARIANT)"
  ${EndIf}
  ReadRegStr $0 SHCTX "${UNINSTALL_KEY}" Build
  ${If} $0 != ""
  ${AndIf} $0 != "${BUILD}"
    !insertmacro EndWith ${EXIT_OTHER_VARIANT} "$(OTHER_BUILD)"
  ${EndIf}
  ReadRegStr $0 SHCTX "${UNINSTALL_KEY}" InstallLocation
  StrCpy $IsUpgrade 0
  ${If} $0 != ""
    StrCpy $INSTDIR $0  ; an upgrade stays where it is
    StrCpy $IsUpgrade 1
  ${EndIf}
  ReadRegStr $0 SHCTX "${RUN_KEY}" Carebridge
  StrCpy $HadRun 0
  ${If} $0 != ""
    StrCpy $HadRun 1
  ${EndIf}
  ClearErrors
FunctionEnd

; A file could not be written, and NSIS ends by itself.
Function .onInstFailed
  SetErrorLevel ${EXIT_FAILED}
  ${If} $HasBegun == 1
    Call RollBack
    ${If} $WasRunning == 1
      Call StartAgain
    ${EndIf}
  ${EndIf}
FunctionEnd

Function WriteRegistry
  WriteRegStr SHCTX "${SCHEME_KEY}" "" "URL:Carebridge"
  WriteRegStr SHCTX "${SCHEME_KEY}" "URL Protocol" ""
  WriteRegStr SHCTX "${SCHEME_KEY}\DefaultIcon" "" '"${PROGRAM}",0'
  WriteRegStr SHCTX "${SCHEME_KEY}\shell\open\command" "" '"${PROGRAM}" --url "%1"'
  ${If} $IsUpgrade == 1
    StrCpy $0 $HadRun
  ${ElseIf} $Autostart == 0
    StrCpy $0 0
  ${Else}
    StrCpy $0 1
  ${EndIf}
  ${If} $0 == 1
    WriteRegStr SHCTX "${RUN_KEY}" Carebridge '"${PROGRAM}" --autostart'
  ${EndIf}
  WriteRegStr SHCTX "${UNINSTALL_KEY}" DisplayName "${DISPLAY_NAME}"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" DisplayVersion "${VERSION}"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" DisplayIcon '"${PROGRAM}",0'
  WriteRegStr SHCTX "${UNINSTALL_KEY}" Publisher "${PUBLISHER}"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" InstallLocation "$INSTDIR"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" UninstallString '"$INSTDIR\uninstall.exe"'
  WriteRegStr SHCTX "${UNINSTALL_KEY}" QuietUninstallString '"$INSTDIR\uninstall.exe" /S'
  WriteRegStr SHCTX "${UNINSTALL_KEY}" Build "${BUILD}"
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" EstimatedSize ${SIZE_KIB}
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" NoModify 1
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" NoRepair 1
FunctionEnd

Section
  Call StopDaemon
  Call RollBack  ; of an installation that was interrupted
  ${If} $0 != 1
    !insertmacro EndWith ${EXIT_FAILED} "$(CANNOT_WRITE)"
  ${EndIf}
  StrCpy $HasBegun 1
  CreateDirectory "$INSTDIR"
  Call MoveAsideAll
  ${If} $0 != 1
    !insertmacro Undo ${EXIT_FAILED} "$(CANNOT_WRITE)"
  ${EndIf}
  SetOverwrite try  ; what cannot be written sets the error flag, and asks nobody
  ClearErrors
  !insertmacro InstallFiles
  SetOutPath "$TEMP"  ; what is asked now must not hold the folder
  ${If} ${Errors}
    !insertmacro Undo ${EXIT_FAILED} "$(CANNOT_WRITE)"
  ${EndIf}
  DetailPrint "$(CHECKING)"
  nsExec::Exec /TIMEOUT=${CHECK_MS} '"${PROGRAM}" --check-installation ${SCOPE}'
  Pop $0
  ${If} $0 != 0
    !insertmacro Undo ${EXIT_DOES_NOT_WORK} "$(DOES_NOT_WORK)"
  ${EndIf}
  SetOutPath "$INSTDIR"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortCut "$SMPROGRAMS\${SHORTCUT}.lnk" "${PROGRAM}" "${START_WORDS}" "${PROGRAM}" 0 \
    SW_SHOWNORMAL "" "$(SHORTCUT_COMMENT)"
  Call WriteRegistry
  Call DropOld
  StrCpy $HasBegun 0
  !ifndef ALLUSERS
    ${If} $Launch != 0
      ${If} $IsUpgrade == 1
      ${OrIf} ${Silent}
        Exec '"${PROGRAM}" --autostart'
      ${Else}
        Exec '"${PROGRAM}" ${START_WORDS}'
      ${EndIf}
    ${EndIf}
  !endif
SectionEnd

; -- removal -------------------------------------------------------------------------------------

Var Purge

Function un.onInit
  SetShellVarContext ${CONTEXT}
  SetRegView 64
  StrCpy $Purge 0
  !ifndef ALLUSERS  ; a machine-wide removal never touches the data of users
    ${GetParameters} $0
    ClearErrors
    ${GetOptions} $0 "/PURGE=" $Purge
    ${If} ${Errors}
      StrCpy $Purge 0
      ClearErrors
    ${EndIf}
  !endif
FunctionEnd

; Removes from the users who are signed in what leads to this program.
Function un.CleanUsers
  StrCpy $1 0
  StrLen $5 '"${PROGRAM}"'
  ${Do}
    EnumRegKey $2 HKU "" $1
    ${If} $2 == ""
      ${ExitDo}
    ${EndIf}
    ReadRegStr $3 HKU "$2\${RUN_KEY}" Carebridge
    StrCpy $4 $3 $5
    ${If} $4 == '"${PROGRAM}"'
      DeleteRegValue HKU "$2\${RUN_KEY}" Carebridge
    ${EndIf}
    ReadRegStr $3 HKU "$2\${SCHEME_KEY}\shell\open\command" ""
    StrCpy $4 $3 $5
    ${If} $4 == '"${PROGRAM}"'
      DeleteRegKey HKU "$2\${SCHEME_KEY}"
    ${EndIf}
    DeleteRegValue HKU "$2\${APPROVED_KEY}" Carebridge
    IntOp $1 $1 + 1
  ${Loop}
FunctionEnd

Section Uninstall
  !ifndef ALLUSERS
    ${IfNot} ${Silent}
    ${AndIf} $Purge != 1
      MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "$(ASK_PURGE)" /SD IDNO IDNO +2
      StrCpy $Purge 1
    ${EndIf}
  !endif
  Call un.StopDaemon
  ${If} $Purge == 1
    nsExec::Exec /TIMEOUT=${CHECK_MS} '"${PROGRAM}" uninstall-data erase --yes'
    Pop $0
    ${If} $0 != 0
      !insertmacro EndWith ${EXIT_FAILED} "$(CANNOT_PURGE)"
    ${EndIf}
  ${EndIf}
  !ifndef ALLUSERS
    ${IfNot} ${Silent}
    ${AndIf} $Purge != 1
      ; Windows asks before it forgets a certificate of the user, which a silent run must not do.
      nsExec::Exec /TIMEOUT=${CHECK_MS} '"${PROGRAM}" uninstall-data keep'
      Pop $0  ; data that stay hinder no removal
    ${EndIf}
  !endif
  DeleteRegValue SHCTX "${RUN_KEY}" Carebridge
  DeleteRegValue SHCTX "${APPROVED_KEY}" Carebridge
  DeleteRegKey SHCTX "${SCHEME_KEY}"
  Call un.CleanUsers
  Delete "$SMPROGRAMS\${SHORTCUT}.lnk"
  !insertmacro EachPiece RemovePiece
  RMDir /r "${OLD}"
  Delete "$INSTDIR\uninstall.exe"
  Call un.DropFolder
  DeleteRegKey SHCTX "${UNINSTALL_KEY}"
SectionEnd
