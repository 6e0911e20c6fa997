/** The entry of the page: with data inside it is a report, without it is the view in a client. */
import type { ReportData } from '../mcp/job-view/report-data.ts';
import { startApp } from './app.ts';
import { startReport } from './report.ts';

const root = document.getElementById('page');
const data = document.getElementById('data')?.textContent ?? '';
if (root !== null && data !== '') {
  // Written by the program together with this page.
  startReport(root, JSON.parse(data) as ReportData);
} else if (root !== null) void startApp(root);
