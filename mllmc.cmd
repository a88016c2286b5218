@echo off
rem Runs mllmc, building it first when it was never built or its sources changed. See the script "mllmc" beside this file.
setlocal
set "root=%~dp0"
if "%TorchBackend%"=="" set "TorchBackend=cpu"
set "app=%root%.mllmc\app\%TorchBackend%-publish"
set "stamp=%root%.mllmc\app\%TorchBackend%.windows"

powershell -NoProfile -Command "$stamp = Get-Item -ErrorAction SilentlyContinue $env:stamp; if (-not $stamp) { exit 1 }; Push-Location $env:root; $new = Get-ChildItem -Recurse src, grammar, architectures, docs\errors, data\pictures, Directory.Build.props, Directory.Packages.props, global.json, mllmc.cmd -ErrorAction SilentlyContinue | Where-Object { $_.LastWriteTimeUtc -gt $stamp.LastWriteTimeUtc -and $_.FullName.Substring($PWD.Path.Length) -notmatch '(\\(bin|obj)|^\\architectures\\(.*\\)?weights)(\\|$)' } | Select-Object -First 1; if ($new) { exit 1 }"
if not errorlevel 1 if exist "%app%\mllmc.dll" goto run

echo building mllmc ... 1>&2
if not exist "%root%.mllmc\app" mkdir "%root%.mllmc\app"
type nul > "%stamp%.new"
dotnet publish "%root%src\Cli\Cli.csproj" --configuration Release --use-current-runtime --self-contained false --artifacts-path "%root%.mllmc\app\%TorchBackend%-build" --output "%app%" -p:CreateHardLinksForPublishFilesIfPossible=true -p:PublishReadyToRun=true -v quiet -nologo 1>&2
if errorlevel 1 exit /b 1
move /y "%stamp%.new" "%stamp%" > nul

:run
dotnet "%app%\mllmc.dll" %*
exit /b %errorlevel%
