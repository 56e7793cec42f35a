import type { CommandOf } from './header.ts'
import { ACTIONS, CHECKOUT, type Job, onlyInstalled, RUNNER } from './workflow-shape.ts'
import { jobId } from './workflow-target.ts'

/** What is shown: the reports of 90 days, in a folder for each run of the workflow. */
const REPORTS = '${{ runner.temp }}/reports'
const PAGE = '${{ runner.temp }}/page'
/** That of an earlier attempt stays, and only one may have the name. */
const ARTIFACT = 'github-pages-${{ github.run_attempt }}'
const CACHE = 'directional-sync-reports-'

/** The job that publishes the dashboard when the jobs of all targets have ended, well or not. */
export const pagesJob = (targets: readonly { readonly name: string }[], command: CommandOf): Job => ({
  name: 'The dashboard as a page',
  needs: ['due', ...targets.map(({ name }) => jobId(name))],
  // Runs by schedule are of the default branch, and know no more of the repository than that.
  if: "!cancelled() && needs.due.result == 'success' && (github.event_name == 'schedule' || github.ref_name == github.event.repository.default_branch)",
  'runs-on': RUNNER,
  'timeout-minutes': 10,
  permissions: { contents: 'read', pages: 'write', 'id-token': 'write' },
  // What a run keeps is there for the next, and none is left out.
  concurrency: { group: 'directional-sync-pages', 'cancel-in-progress': false, queue: 'max' },
  environment: { name: 'github-pages', url: '${{ steps.deployment.outputs.page_url }}' },
  steps: [
    CHECKOUT,
    { uses: ACTIONS.setupNode.uses, with: { 'node-version': 24 } },
    { run: 'npm ci --no-audit --no-fund' },
    // A cache is never written again: each run takes the newest and keeps its own.
    { uses: ACTIONS.cacheRestore.uses, with: { path: REPORTS, key: `${CACHE}\${{ github.run_id }}`, 'restore-keys': CACHE } },
    { uses: ACTIONS.downloadArtifact.uses, with: { pattern: 'report-*', path: `${REPORTS}/\${{ github.run_id }}` } },
    {
      run: [
        'mkdir -p "$RUNNER_TEMP/reports" "$RUNNER_TEMP/page"',
        'find "$RUNNER_TEMP/reports" -type f -mtime +90 -delete',
        'find "$RUNNER_TEMP/reports" -mindepth 1 -type d -empty -delete',
        `${onlyInstalled(command('dashboard'))} --reports "$RUNNER_TEMP/reports" --output "$RUNNER_TEMP/page/index.html"`,
        // Pages serves what everybody may read.
        'chmod 644 "$RUNNER_TEMP/page/index.html"',
      ].join('\n'),
    },
    { uses: ACTIONS.cacheSave.uses, with: { path: REPORTS, key: `${CACHE}\${{ github.run_id }}-\${{ github.run_attempt }}` } },
    { uses: ACTIONS.uploadPages.uses, with: { name: ARTIFACT, path: PAGE } },
    { id: 'deployment', uses: ACTIONS.deployPages.uses, with: { artifact_name: ARTIFACT } },
  ],
})
